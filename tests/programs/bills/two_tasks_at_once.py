# fixes: safe
"""Two tasks run side by side."""

import asyncio
import anthropic

client = anthropic.AsyncAnthropic()
RULES = open("handbook.md").read()

async def ask(question):
    reply = await client.messages.create(model="claude-sonnet-5-5", max_tokens=80, system=RULES, messages=[{"role": "user", "content": question}])
    return reply.content[0].text

async def main():
    one = asyncio.create_task(ask("A?"))
    two = asyncio.create_task(ask("B?"))
    print(await one, await two)

asyncio.run(main())
