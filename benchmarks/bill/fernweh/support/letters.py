"""Letters, written while the clerk has the caller on the line."""

from __future__ import annotations

import datetime

from fernweh.clients import async_claude
from fernweh.prompts import HANDBOOK
from fernweh.settings import SUPPORT_MODEL


class LetterWriter:
    def __init__(self) -> None:
        self.client = async_claude()

    async def write(self, clerk: str, notes: str) -> str:
        now = datetime.datetime.now().isoformat(timespec="seconds")
        message = await self.client.messages.create(
            model=SUPPORT_MODEL,
            max_tokens=300,
            system=f"It is {now}.\n\n{HANDBOOK}",
            messages=[{"role": "user", "content": f"{clerk} needs a letter of 50 words from these notes:\n{notes}"}],
        )
        return "".join(block.text for block in message.content if block.type == "text")
