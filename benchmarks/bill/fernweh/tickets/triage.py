"""Which team gets a ticket."""

from __future__ import annotations

import json

from fernweh import settings
from fernweh.clients import claude

TEAMS = ("bookings", "refunds", "lost property", "on board", "legal")
INSTRUCTIONS = """Classify the ticket of a night train passenger as one of: bookings, refunds, lost property, on board, legal.
Answer with the name of the team only."""


def classify_ticket(ticket: str) -> str:
    """The team for a ticket; it is shown there at once."""
    message = claude().messages.create(
        model=settings.MODELS["triage"],
        max_tokens=10,
        system=INSTRUCTIONS,
        messages=[{"role": "user", "content": ticket}],
    )
    return "".join(block.text for block in message.content if block.type == "text")


def extract_booking(ticket: str) -> dict[str, str]:
    """Booking number, train and date, where the ticket names them."""
    message = claude().messages.create(
        model=settings.SMART_MODEL,
        max_tokens=80,
        system='Extract the fields from the ticket. Return only JSON: {"booking": "...", "train": "...", "date": "..."}',
        messages=[{"role": "user", "content": ticket}],
    )
    return json.loads("".join(block.text for block in message.content if block.type == "text"))
