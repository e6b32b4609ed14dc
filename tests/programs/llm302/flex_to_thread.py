# expects: bill at most 0.51
"""A sync client in threads of an event loop, which the batching client is not made for: its calls go to the flex tier."""

import asyncio

from openai import OpenAI

client = OpenAI()
WORDS = ["anchor", "beacon", "cabin", "dinghy", "ebb"]


def define(word):
    return client.responses.create(model="gpt-6.1-sol", input=f"Define {word}.").output_text


async def main():
    for text in await asyncio.gather(*[asyncio.to_thread(define, word) for word in WORDS]):
        print(text)


asyncio.run(main())
