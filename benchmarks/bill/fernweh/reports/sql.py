"""SQL for people who cannot write it."""

from __future__ import annotations

from fernweh.clients import claude
from fernweh.prompts import WAREHOUSE

MODEL = "claude-sonnet-5-5"


def write_query(department: str, question: str) -> str:
    """A query for PostgreSQL, shown with a button that runs it."""
    message = claude().messages.create(
        model=MODEL,
        max_tokens=400,
        system=f"Write one PostgreSQL query of at most 30 words. These are the tables:\n\n{WAREHOUSE}\n\nThe question comes from {department}.",
        messages=[{"role": "user", "content": question}],
    )
    return "".join(block.text for block in message.content if block.type == "text")
