# fixes: safe
"""A message with notes is put ahead of the rules where there are some."""

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
    messages = [
        {"role": "user", "content": RULES},
        {"role": "assistant", "content": "Read."},
        {"role": "user", "content": question},
    ]
    if extra:
        messages.insert(0, {"role": "user", "content": extra})
    return client.messages.create(model="claude-sonnet-5-5", max_tokens=80, messages=messages).content[0].text


for q in QUESTIONS:
    print(ask(q, find(q)))
