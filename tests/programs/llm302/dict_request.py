# expects: bill at most 0.51
"""A dict for each request, and a semaphore."""

import asyncio

import anthropic

LIMIT = asyncio.Semaphore(3)
client = anthropic.AsyncAnthropic()


def request(name):
    return {"model": "claude-haiku-5-5", "max_tokens": 50, "messages": [{"role": "user", "content": f"A verse for {name}"}]}


async def verse(name):
    async with LIMIT:
        response = await client.messages.create(**request(name))
        return response.content[0].text


async def main():
    names = ["Ada", "Bea", "Cyd", "Dot", "Eve", "Fay"]
    verses = await asyncio.gather(*map(verse, names))
    for name, text in zip(names, verses):
        print(name, text)


asyncio.run(main())
