"""Sonnet 4.5 goes on 2026-11-30, and costs half as much again as its successor."""

import asyncio

import anthropic


async def main() -> None:
    client = anthropic.AsyncAnthropic()
    for name in ("north", "south"):
        message = await client.messages.create(
            model="claude-sonnet-4-5-20250929",
            max_tokens=400,
            messages=[{"role": "user", "content": f"Describe the {name} line to a visitor in 80 words, step by step."}],
        )
        print(message.content[0].text)


asyncio.run(main())
