# expects: same bill
"""One sentence is too short for any model."""

import asyncio

from anthropic import AsyncAnthropic


async def main() -> None:
    client = AsyncAnthropic()
    for word in ("sleeper", "berth"):
        reply = await client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=50,
            system=[
                {
                    "type": "text",
                    "text": "Explain the word to a child.",
                    "cache_control": {"type": "ephemeral"},
                }
            ],
            messages=[{"role": "user", "content": word}],
        )
        print(reply.content[0].text)


asyncio.run(main())
