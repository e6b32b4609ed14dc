"""Fields of an invoice, by a tool that the model fills in."""

from __future__ import annotations

from typing import Any

from fernweh import settings
from fernweh.clients import claude

RECORD = {
    "name": "record_invoice",
    "description": """\
Record an invoice in the ledger. Amounts are decimal numbers with a point, without a currency and without marks for thousands. The net amount is what is
left without tax; where only the gross amount is on the paper, compute the net amount with the rate that is named, and with nineteen per cent where none
is. A fee for a reminder is an amount without tax. Credit notes have negative amounts.

The number is copied as it stands, with letters, strokes and leading zeros, and without the words number, no. or Rechnung. A reminder has the number of the
invoice that it reminds of. The supplier is the name on the letterhead with its legal form, never the name of a clerk or of a bank. The day is the day of
the invoice, and not the day on which it was received, scanned, or is due. Where there is none, leave the field empty; do not take the day of the delivery.

The account is one of the list: cars for everything that is built into a car or moves one, with its revision and spare parts; tracks for paths,
stabling, platforms and energy; meals for what is eaten, drunk or washed up; staff for agencies, training, uniforms and hotels of the crew; other for what is
left. An invoice with lines for several accounts is booked on the account of the largest line. Cleaning is booked on cars, except for kitchens.

The field is_paid is true only where the paper says so itself: paid by card, received with thanks, amount 0.00 due, or a stamp. A direct debit that is
announced has not been paid yet. The field needs_review is true where two numbers on the paper contradict each other, where a page is missing, or where the
supplier asks for payment to an account in another country than its own; then the clerk looks at the scan. It is not true for bad handwriting alone.

Invoices of partner railways often come as one paper for a month. Record the sum of the month, with the number of the cover sheet, and not the single
nights. Where a partner sets off a claim of ours, the net amount is what is left of it, and needs_review is true. Interest is not recorded: it is settled
once a year. Invoices in another currency keep their amount, and the currency goes in front of the number with a stroke.""",
    "input_schema": {
        "type": "object",
        "properties": {
            "number": {"type": "string"},
            "supplier": {"type": "string"},
            "net": {"type": "number"},
            "day": {"type": "string"},
            "account": {"enum": ["cars", "tracks", "meals", "staff", "other"]},
            "is_paid": {"type": "boolean"},
            "needs_review": {"type": "boolean"},
        },
        "required": ["number", "supplier", "net", "account", "is_paid", "needs_review"],
    },
}


def read_invoice(text: str) -> dict[str, Any]:
    message = claude().messages.create(
        model=settings.MODELS["documents"],
        max_tokens=300,
        tools=[RECORD],
        messages=[{"role": "user", "content": f"Record this invoice, with all its pages:\n\n{text}"}],
    )
    for block in message.content:
        if block.type == "tool_use":
            return dict(block.input)
    raise ValueError("the invoice was not recorded")
