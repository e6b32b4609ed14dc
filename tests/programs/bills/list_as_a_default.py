# fixes: safe
"""A list that is a default remembers the questions before, and they are part of the system prompt."""

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


def ask(question, seen=[]):
    seen.append(question)
    return (
        client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=80,
            system=RULES + "".join(seen),
            messages=[{"role": "user", "content": question}],
        )
        .content[0]
        .text
    )


for question in QUESTIONS:
    print(ask(question))
