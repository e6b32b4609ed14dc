# expects: bill at most 0.51
"""How many calls a semaphore lets through is an option of the program."""

import argparse
import asyncio

from openai import AsyncOpenAI

client = AsyncOpenAI()
RIDDLES = ["a river", "a needle", "an echo", "a candle", "a shadow", "a map"]


async def ask(text, sem):
    async with sem:
        response = await client.chat.completions.create(
            model="gpt-6-luna", messages=[{"role": "user", "content": f"A riddle about {text}"}]
        )
        return response.choices[0].message.content


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    sem = asyncio.Semaphore(args.workers)
    print(*await asyncio.gather(*(ask(text, sem) for text in RIDDLES)), sep="\n")


asyncio.run(main())
