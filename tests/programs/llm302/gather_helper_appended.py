# expects: bill at most 0.5
"""Coroutines are kept in a list first."""

import asyncio

from anthropic import AsyncAnthropic

client = AsyncAnthropic()


async def answer(number, question):
    message = await client.messages.create(
        model="claude-haiku-5-5", max_tokens=25, messages=[{"role": "user", "content": f"{number}: {question}"}]
    )
    return message.content[0].text


async def main():
    jobs = []
    for number, question in enumerate(["up?", "down?", "left?", "right?"]):
        question = question.title()
        jobs.append(answer(number, question))
    for text in await asyncio.gather(*jobs):
        print(text)


asyncio.run(main())
