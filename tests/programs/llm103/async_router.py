"""Routes messages to teams; the tools describe the teams, and the first call warms the cache for the others."""

import asyncio
import os

import anthropic

GUIDE = open("handbook.md", encoding="utf-8").read()


def team(name, duties):
    return {
        "name": name,
        "description": duties,
        "input_schema": {"type": "object", "properties": {"summary": {"type": "string"}}, "required": ["summary"]},
    }


TEAMS = [
    {
        "name": "bookings",
        "description": f"The team for bookings. What it may do:\n{GUIDE}",
        "input_schema": {"type": "object", "properties": {"summary": {"type": "string"}}, "required": ["summary"]},
    },
    {
        "name": "lost_property",
        "description": "Finds what was left on a train.",
        "input_schema": {"type": "object", "properties": {"item": {"type": "string"}}},
    },
]


async def route(client: anthropic.AsyncAnthropic, text: str) -> str:
    message = await client.messages.create(
        model=os.getenv("ROUTER_MODEL", "claude-haiku-5-5"),
        max_tokens=150,
        tools=TEAMS,
        tool_choice={"type": "any"},
        messages=[{"role": "user", "content": text}],
    )
    used = message.content[0]
    return f"{used.name}({', '.join(used.input)})"


async def main() -> None:
    texts = ["Where are my glasses?", "Cancel FW880011", "A berth for two", "My hat!", "Group of 12"]
    async with anthropic.AsyncAnthropic() as client:
        print(await route(client, texts[0]))
        for line in await asyncio.gather(*(route(client, text) for text in texts[1:])):
            print(line)


asyncio.run(main())
