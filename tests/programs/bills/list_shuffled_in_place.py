# fixes: safe
"""The lines of the module are shuffled by a function ahead of each call."""

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


import random

random.seed(7)


def shuffle():
    random.shuffle(LINES)


def ask(question):
    shuffle()
    return (
        client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=80,
            system=chr(10).join(LINES),
            messages=[{"role": "user", "content": question}],
        )
        .content[0]
        .text
    )


for question in QUESTIONS:
    print(ask(question))
