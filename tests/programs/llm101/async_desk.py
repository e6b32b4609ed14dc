# expects: bill at most 0.7
"""Drafts replies to the morning's mail, two at a time."""

import asyncio
from pathlib import Path

from anthropic import AsyncAnthropic

RULES = Path("handbook.md").read_text()
MAIL = [
    ("Ana", "I booked the wrong day. Can you move me to Friday?"),
    ("Ben", "How do I take a bicycle to Prague?"),
    ("Cleo", "The heating in car 12 was broken all night."),
    ("Dan", "Please send the refund to my new card."),
    ("Eve", "Is breakfast before six possible?"),
    ("Finn", "We are eleven people. Is there a group price?"),
]

client = AsyncAnthropic()
slots = asyncio.Semaphore(2)


async def draft(name: str, text: str) -> str:
    async with slots:
        reply = await client.messages.create(
            model="claude-opus-5-5",
            max_tokens=60,
            system=RULES,
            messages=[{"role": "user", "content": f"Mail from {name}:\n\n{text}"}],
        )
        return f"{name}: {reply.content[0].text}"


async def main() -> None:
    for line in await asyncio.gather(*(draft(name, text) for name, text in MAIL)):
        print(line)


asyncio.run(main())
