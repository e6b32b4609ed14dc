# expects: bill at most 0.5
"""Tasks get a name before they are gathered."""

import asyncio

from anthropic import AsyncAnthropic


async def ask_all(client: AsyncAnthropic, questions):
    tasks = [
        asyncio.create_task(
            client.messages.create(model="claude-haiku-5-5", max_tokens=30, messages=[{"role": "user", "content": question}])
        )
        for question in questions
    ]
    print("asked", len(questions))
    return await asyncio.gather(*tasks)


for message in asyncio.run(ask_all(AsyncAnthropic(), ["one?", "two?", "three?", "four?"])):
    print(message.content[0].text)
