# fixes: safe
"""Each question puts a block ahead of the rules in a list that all share."""

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


SYSTEM = [{"type": "text", "text": RULES}]


def ask(question):
    return (
        client.messages.create(
            model="claude-sonnet-5-5", max_tokens=80, system=SYSTEM, messages=[{"role": "user", "content": question}]
        )
        .content[0]
        .text
    )


for q in QUESTIONS:
    SYSTEM.insert(0, {"type": "text", "text": find(q)})
    print(ask(q))
