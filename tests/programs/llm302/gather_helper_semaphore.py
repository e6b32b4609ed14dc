# expects: bill at most 0.5
"""A semaphore bounds how many calls run at a time, of which a batch has no need."""

import asyncio

from anthropic import AsyncAnthropic

client = AsyncAnthropic()


async def translate_all(lines):
    semaphore = asyncio.Semaphore(2)

    async def translate(line):
        async with semaphore:
            response = await client.messages.create(
                model="claude-haiku-5-5", max_tokens=30, messages=[{"role": "user", "content": f"Into Estonian: {line}"}]
            )
            return response.content[0].text

    return list(await asyncio.gather(*(translate(line) for line in lines)))


print(asyncio.run(translate_all(["yes", "no", "maybe", "never"])))
