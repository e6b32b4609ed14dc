# expects: bill at most 0.5
"""A list is unpacked, exceptions are not wanted."""

import asyncio

from anthropic import AsyncAnthropic

client = AsyncAnthropic()


async def ask_all(questions):
    messages = await asyncio.gather(
        *[
            client.messages.create(
                model="claude-haiku-5-5",
                max_tokens=30,  # short
                messages=[{"role": "user", "content": question}],
            )
            for question in questions
            if question
        ],
        return_exceptions=False,
    )
    return [message.content[0].text for message in messages]


print(asyncio.run(ask_all(["one?", "", "two?", "three?", "four?", "five?"])))
