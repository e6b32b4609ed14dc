# fixes: LLM105 unsafe
"""A quarter of an hour passes between turns: the cache has forgotten the one before."""

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


import time


def chat(texts):
    messages = [{"role": "user", "content": RULES}, {"role": "assistant", "content": "Read."}]
    for text in texts:
        messages.append({"role": "user", "content": text})
        reply = client.messages.create(model="claude-sonnet-5-5", max_tokens=300, messages=messages)
        messages.append({"role": "assistant", "content": reply.content[0].text})
        time.sleep(900)
    print(len(messages))


chat(QUESTIONS)
