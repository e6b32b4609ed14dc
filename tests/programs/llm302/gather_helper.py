# expects: bill at most 0.5
"""A coroutine of the file, for each item."""

import asyncio

from anthropic import AsyncAnthropic

client = AsyncAnthropic()


async def summary(page: str) -> str:
    response = await client.messages.create(
        model="claude-haiku-5-5", max_tokens=40, messages=[{"role": "user", "content": page}]
    )
    return response.content[0].text


async def summaries(pages: list[str]) -> list[str]:
    return await asyncio.gather(*[summary(page) for page in pages])


print(asyncio.run(summaries(["The first page.", "The second page.", "The third page.", "The fourth page."])))
