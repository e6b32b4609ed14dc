# fixes: safe
"""Two calls start together, and neither reads what the other writes."""

import asyncio
import anthropic

client = anthropic.AsyncAnthropic()
RULES = open("handbook.md").read()

async def ask(question):
    reply = await client.messages.create(model="claude-sonnet-5-5", max_tokens=80, system=RULES, messages=[{"role": "user", "content": question}])
    return reply.content[0].text

async def main():
    print(await asyncio.gather(ask("A?"), ask("B?")))

asyncio.run(main())
