# expects: bill at most 0.51
"""A service whose file does not import asyncio, and whose method returns a list."""

import anthropic
from service_loop import run


class Namer:
    def __init__(self) -> None:
        self.client = anthropic.Anthropic()

    def name(self, thing: str) -> str:
        reply = self.client.messages.create(
            model="claude-haiku-5-5", max_tokens=8, messages=[{"role": "user", "content": f"A name for a {thing}"}]
        )
        return reply.content[0].text

    async def all(self, things: list[str]) -> list[str]:
        names = []
        for thing in things:
            name = self.name(thing)
            names.append(f"{thing}: {name}")
        return names


print(run(Namer().all(["boat", "goat", "coat", "moat"])))
