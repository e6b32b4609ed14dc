# fixes: safe
"""A block with notes is put ahead of the rules where there are some."""

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


def ask(question, extra=None):
    system = [{"type": "text", "text": RULES}]
    if extra:
        system.insert(0, {"type": "text", "text": extra})
    return (
        client.messages.create(
            model="claude-sonnet-5-5", max_tokens=80, system=system, messages=[{"role": "user", "content": question}]
        )
        .content[0]
        .text
    )


for q in QUESTIONS:
    print(ask(q, find(q)))
