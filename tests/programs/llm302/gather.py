# expects: bill at most 0.51
"""All questions at once."""

import asyncio

from anthropic import AsyncAnthropic

client = AsyncAnthropic()


async def main() -> None:
    with open("questions.txt", encoding="utf-8") as file:
        questions = [line.strip() for line in file]
    messages = await asyncio.gather(
        *(
            client.messages.create(
                model="claude-sonnet-5-5",
                max_tokens=100,
                messages=[{"role": "user", "content": question}],
            )
            for question in questions
        )
    )
    for question, message in zip(questions, messages):
        print(question, message.content[0].text)


asyncio.run(main())
