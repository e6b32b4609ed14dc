"""Reads invoices into a form: one tool with a long description, and the model must use it."""

import json

from anthropic import Anthropic

client = Anthropic()
INVOICES = [
    "Invoice 4711, Papierwerk GmbH, paper A4, 12 boxes, 318.40 EUR incl. VAT, due 2026-12-15",
    "Rechnung 88/26 Druckerei Sommer: Plakate 200 St., netto 440,00, MwSt 83,60",
    "No. A-17, Cleaning Nov 2026, 1,190.00, paid by card",
    "Reminder! Invoice 4711 is still open. Fee 5.00",
]


def read_invoice(text: str) -> dict:
    message = client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=500,
        tool_choice={"type": "tool", "name": "record_invoice"},
        tools=[
            {
                "name": "record_invoice",
                "description": (
                    "Record an invoice in the ledger. Amounts are decimal numbers with a point, without a currency and without marks for thousands. "
                    "The net amount is what is left without tax; where only the gross amount is on the paper, compute the net amount with the rate that "
                    "is named, and with nineteen per cent where none is. A fee for a reminder is an amount without tax. Credit notes have negative "
                    "amounts. The number of the invoice is copied as it stands, with letters, strokes and leading zeros, and without the words number, "
                    "no. or Rechnung. A reminder has the number of the invoice that it reminds of. The supplier is the name on the letterhead with its "
                    "legal form, never the name of a clerk or of a bank. The day is the day of the invoice and not the day on which it was received, "
                    "scanned, or is due. Where there is none, leave the field empty; do not take the day of the delivery for it. The account is one of "
                    "the six of the list: material for paper, ink and packaging; services for cleaning, repairs, printing and advice; rent for rooms "
                    "and parking; travel for tickets, hotels and meals on the road; fees for banks, reminders and authorities; other for what is left. "
                    "An invoice with lines for several accounts is booked on the account of the largest line. The field is_paid is true only where the "
                    "paper says so itself: paid by card, received with thanks, amount 0.00 due, or a stamp. A direct debit that is announced has not "
                    "been paid yet. The field needs_review is true where two numbers on the paper contradict each other, where a page is missing, or "
                    "where the supplier asks for payment to an account in another country than its own; then the clerk looks at the scan."
                ),
                "input_schema": {
                    "type": "object",
                    "properties": {
                        "number": {"type": "string"},
                        "supplier": {"type": "string"},
                        "day": {"type": "string"},
                        "net": {"type": "number"},
                        "account": {"enum": ["material", "services", "rent", "travel", "fees", "other"]},
                        "is_paid": {"type": "boolean"},
                        "needs_review": {"type": "boolean"},
                    },
                    "required": ["number", "supplier", "net", "account", "is_paid", "needs_review"],
                },
            }
        ],
        messages=[{"role": "user", "content": text}],
    )
    return message.content[0].input


for invoice in INVOICES:
    print(json.dumps(read_invoice(invoice), sort_keys=True))
