# fixes: safe
"""What was answered is kept in a dict, so that there is one call."""

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


ANSWERS = {}


def ask(question):
    if question not in ANSWERS:
        ANSWERS[question] = (
            client.messages.create(
                model="claude-sonnet-5-5", max_tokens=80, system=RULES, messages=[{"role": "user", "content": question}]
            )
            .content[0]
            .text
        )
    return ANSWERS[question]


for _ in range(6):
    print(ask("Is there soup?"))
