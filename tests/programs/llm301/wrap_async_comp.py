# expects: bill at most 0.5
"""An async method in a comprehension."""

import asyncio

import anthropic


class Namer:
    def __init__(self):
        self.client = anthropic.AsyncAnthropic()

    async def name(self, thing: str) -> str:
        # A short name.
        reply = await self.client.messages.create(
            model="claude-haiku-5-5", max_tokens=8, messages=[{"role": "user", "content": f"A name for a {thing}"}]
        )
        return reply.content[0].text

    async def name_all(self, things: list[str]) -> list[str]:
        return [await self.name(thing) for thing in things]


print(asyncio.run(Namer().name_all(["boat", "goat", "coat", "moat"])))
