# fixes: safe
"""The default is what is sent: it gets a line more with each call."""

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


def ask(question, lines=[RULES]):
    system = chr(10).join(lines)
    answer = (
        client.messages.create(
            model="claude-sonnet-5-5", max_tokens=80, system=system, messages=[{"role": "user", "content": question}]
        )
        .content[0]
        .text
    )
    lines.insert(0, question)
    return answer


for question in QUESTIONS:
    print(ask(question))
