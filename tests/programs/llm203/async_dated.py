"""A dated name."""

import asyncio

import anthropic


async def main() -> None:
    async with anthropic.AsyncAnthropic() as client:
        message = await client.messages.create(
            model="claude-haiku-4-5-20251001",
            max_tokens=100,
            messages=[{"role": "user", "content": "Name a colour for the new cars."}],
        )
        print(message.content[0].text)


asyncio.run(main())
