# expects: bill at most 0.5
"""Two loops collect coroutines, which one call waits for; the semaphore is passed on, with its limit in a constant."""

import asyncio

from openai import AsyncOpenAI

MOST = 2
client = AsyncOpenAI()


async def ask(tone, letter, semaphore):
    async with semaphore:
        answer = await client.responses.create(model="gpt-6-luna", input=f"{tone}: {letter}")
    return tone, letter, answer.output_text


async def main():
    semaphore = asyncio.Semaphore(MOST)
    tasks = []
    for tone in ("short", "kind"):
        for letter in ("a bill", "a complaint", "an order"):
            tasks.append(ask(tone, letter, semaphore))
    return sorted([await task for task in asyncio.as_completed(tasks)])


print(asyncio.run(main()))
