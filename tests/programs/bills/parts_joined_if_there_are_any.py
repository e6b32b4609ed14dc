# fixes: safe
"""Parts that are there are joined: the first differs for each question."""

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


def ask(question, notes=None, tone=None):
    parts = [notes, tone, RULES]
    return (
        client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=80,
            system="\n".join(p for p in parts if p),
            messages=[{"role": "user", "content": question}],
        )
        .content[0]
        .text
    )


for q in QUESTIONS:
    print(ask(q, find(q)))
