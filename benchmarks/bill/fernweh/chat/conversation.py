"""A conversation with a visitor of the website. The page sends one message at a time and shows the answer as it comes."""

from __future__ import annotations

import anthropic

from fernweh import settings
from fernweh.prompts import CHAT

class Conversation:
    """Keeps what was said. One visitor, one object."""

    def __init__(self, client: anthropic.AsyncAnthropic, visitor: str) -> None:
        self.client = client
        self.visitor = visitor
        self.messages: list[dict[str, str]] = []

    async def say(self, text: str) -> str:
        self.messages.append({"role": "user", "content": text})
        async with self.client.messages.stream(
            model=settings.CHAT_MODEL,
            max_tokens=500,
            system=CHAT,
            messages=self.messages,
        ) as stream:
            answer = await stream.get_final_text()
        self.messages.append({"role": "assistant", "content": answer})
        return answer
