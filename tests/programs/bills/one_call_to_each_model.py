# fixes: safe
"""One prompt goes to three models once each, which share no cache."""

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


def ask(model):
    return (
        client.messages.create(model=model, max_tokens=80, system=RULES, messages=[{"role": "user", "content": "Why?"}])
        .content[0]
        .text
    )


for model in ("claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-5-5"):
    print(ask(model))
