"""Drafts of answers to customers, by the handbook."""

from __future__ import annotations

from fernweh import settings
from fernweh.clients import claude
from fernweh.prompts import HANDBOOK


def _ask(system: str, prompt: str, max_tokens: int = 200) -> str:
    message = claude().messages.create(
        model=settings.SUPPORT_MODEL,
        max_tokens=max_tokens,
        system=system,
        messages=[{"role": "user", "content": prompt}],
    )
    return "".join(block.text for block in message.content if block.type == "text")


def draft_answer(customer: str, question: str) -> str:
    """For the clerk to send or to change."""
    return _ask(HANDBOOK, f"Draft an answer of 40 words to {customer}, who writes:\n\n{question}")


def check_answer(draft: str) -> str:
    """What a clerk wrote, held against the handbook."""
    return _ask(HANDBOOK, f"Does this answer break a rule? Say which one, in 15 words.\n\n{draft}", max_tokens=80)
