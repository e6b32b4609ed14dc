# expects: bill at most 0.5
"""An async helper, awaited for one item after another."""

import asyncio

import anthropic

client = anthropic.AsyncAnthropic()


async def reply_to(question):
    response = await client.messages.create(
        model="claude-haiku-5-5", max_tokens=30, messages=[{"role": "user", "content": question}]
    )
    return response.content[0].text


async def main():
    for question in ["Who?", "What?", "Where?", "When?"] * 3:
        print(question, await reply_to(question))


asyncio.run(main())
