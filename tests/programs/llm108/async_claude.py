"""Claude behind an OpenAI-style client is not cached by itself."""

import asyncio
import os

from openai import AsyncOpenAI

client = AsyncOpenAI(base_url=os.environ["OPENAI_BASE_URL"])
RULES = open("handbook.md", encoding="utf-8").read()


async def reply(mail: str) -> str:
    completion = await client.chat.completions.create(
        model="claude-sonnet-5-5",
        max_tokens=100,
        messages=[{"role": "system", "content": RULES}, {"role": "user", "content": mail}],
    )
    return completion.choices[0].message.content


async def main() -> None:
    for mail in ("My train is full.", "I missed it.", "Can I bring a piano?"):
        print(await reply(mail))


asyncio.run(main())
