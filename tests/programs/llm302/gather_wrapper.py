# expects: bill at most 0.51
"""A coroutine for each chapter."""

import asyncio

import anthropic

client = anthropic.AsyncAnthropic()


async def summarise(chapter: str) -> str:
    response = await client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=90,
        system="Sum up the chapter in one sentence.",
        messages=[{"role": "user", "content": chapter}],
    )
    return response.content[0].text


async def main() -> None:
    chapters = open("handbook.md").read().split("\n## ")
    summaries = await asyncio.gather(*[summarise(chapter) for chapter in chapters])
    print("\n".join(summaries))


if __name__ == "__main__":
    asyncio.run(main())
