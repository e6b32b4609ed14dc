# fixes: safe
"""Calls that start together all write to the cache, and none reads."""

import anthropic

client = anthropic.Anthropic()
RULES = open("handbook.md").read()
LINES = [line for line in RULES.splitlines() if line.strip()]


def find(question):
    start = sum(map(ord, question)) % (len(LINES) - 2)
    return "\n".join(LINES[start : start + 2])


QUESTIONS = (
    "Are dogs allowed?",
    "And cats on the ferry?",
    "May I cancel?",
    "Where is the bar?",
    "Who is the manager?",
    "Is there soup?",
)


import asyncio

aclient = anthropic.AsyncAnthropic()


async def ask(question):
    answer = await aclient.messages.create(
        model="claude-sonnet-5-5", max_tokens=80, system=RULES, messages=[{"role": "user", "content": question}]
    )
    return answer.content[0].text


async def main():
    print("\n".join(await asyncio.gather(*(ask(q) for q in QUESTIONS))))


asyncio.run(main())
