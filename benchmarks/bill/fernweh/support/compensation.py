"""Claims for money back."""

from __future__ import annotations

from typing import Any

import anthropic

from fernweh.prompts import COMPENSATION
from fernweh.settings import MODELS


class ClaimDesk:
    """Decides claims one by one, as they come in."""

    def __init__(self, client: anthropic.Anthropic) -> None:
        self.client = client
        self.request: dict[str, Any] = {
            "model": MODELS["compensation"],
            "max_tokens": 150,
            "system": COMPENSATION,
        }

    def decide(self, claim: str) -> str:
        message = self.client.messages.create(
            **self.request,
            messages=[{"role": "user", "content": claim}],
        )
        return "".join(block.text for block in message.content if block.type == "text")
