"""The first look at a contract, while the person who uploaded it waits for the page to fill."""

from __future__ import annotations

from dataclasses import dataclass

from fernweh import settings
from fernweh.clients import claude
from fernweh.prompts import CONTRACTS

VERDICTS = ("sign", "negotiate", "refuse")


@dataclass
class Review:
    title: str
    text: str
    verdict: str


def review_contract(title: str, text: str) -> Review:
    message = claude().messages.create(
        model=settings.MODELS["documents"],
        max_tokens=settings.MAX_TOKENS,
        system=CONTRACTS,
        messages=[{"role": "user", "content": f"<contract title={title!r}>\n{text}\n</contract>"}],
    )
    answer = "".join(block.text for block in message.content if block.type == "text")
    last = answer.rstrip(".").rsplit(" ", 1)[-1].lower()
    return Review(title, answer, last if last in VERDICTS else "negotiate")
