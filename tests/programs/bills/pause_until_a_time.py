# fixes: safe
"""Each call waits until the next full hour."""

import anthropic

client = anthropic.Anthropic()
RULES = open("handbook.md").read()
LINES = [line for line in RULES.splitlines() if line.strip()]
QUESTIONS = (
    "Are dogs allowed?",
    "And cats on the ferry?",
    "May I cancel?",
    "Where is the bar?",
    "Who is the manager?",
    "Is there soup?",
)


import time


def ask(question):
    now = time.time()
    time.sleep(3600 - now % 3600)
    return (
        client.messages.create(
            model="claude-sonnet-5-5", max_tokens=80, system=RULES, messages=[{"role": "user", "content": question}]
        )
        .content[0]
        .text
    )


for question in QUESTIONS:
    print(ask(question))
