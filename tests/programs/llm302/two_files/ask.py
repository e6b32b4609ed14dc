"""One question."""

import anthropic

client = anthropic.AsyncAnthropic()


async def ask(question: str) -> str:
    message = await client.messages.create(
        model="claude-sonnet-5-5", max_tokens=77, messages=[{"role": "user", "content": question}]
    )
    return message.content[0].text
