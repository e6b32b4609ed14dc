# fixes: safe
"""The loop is left after its first iteration."""

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


for q in QUESTIONS:
    answer = client.messages.create(
        model="claude-sonnet-5-5", max_tokens=80, system=RULES, messages=[{"role": "user", "content": q}]
    )
    print(answer.content[0].text)
    break
