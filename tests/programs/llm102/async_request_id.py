"""Each request begins with an id for the log."""

import asyncio
import uuid

import anthropic

client = anthropic.AsyncAnthropic()
with open("handbook.md", encoding="utf-8") as file:
    RULES = file.read()


async def ask(question: str) -> str:
    request_id = uuid.uuid4()
    reply = await client.messages.create(
        model="claude-opus-5-5",
        max_tokens=80,
        system="Request " + str(request_id) + ".\n\n" + RULES,
        messages=[{"role": "user", "content": question}],
    )
    return reply.content[0].text


async def main() -> None:
    with open("questions.txt", encoding="utf-8") as questions:
        for question in questions:
            print(await ask(question.strip()))


asyncio.run(main())
