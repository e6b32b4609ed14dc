# expects: bill at most 0.5
"""Semaphores of an object and of the module, one entered by its methods, hold back calls: a batch needs none of that."""

import asyncio

from anthropic import AsyncAnthropic

client = AsyncAnthropic()
AT_ONCE = 2
turnstile = asyncio.Semaphore(AT_ONCE)


class Translator:
    def __init__(self, language):
        self.language = language
        self.slots = asyncio.Semaphore(2)

    async def translated(self, line):
        async with self.slots:
            return await ask(f"Into {self.language}: {line}")

    async def all(self, lines):
        return await asyncio.gather(*[self.translated(line) for line in lines])


async def ask(text):
    response = await client.messages.create(
        model="claude-haiku-5-5", max_tokens=30, messages=[{"role": "user", "content": text}]
    )
    return response.content[0].text


async def praise(line):
    await turnstile.acquire()
    try:
        return await ask(f"Praise: {line}")
    finally:
        turnstile.release()


async def main():
    lines = ["yes", "no", "maybe", "never", "always"]
    print(await Translator("Estonian").all(lines))
    print(await asyncio.gather(*(praise(line) for line in lines)))


asyncio.run(main())
