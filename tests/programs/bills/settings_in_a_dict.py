# fixes: safe
"""A dict that is part of the prompt changes with each question."""

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


SETTINGS = {"guest": "", "rules": RULES}


def ask(question):
    SETTINGS["guest"] = question
    return (
        client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=80,
            system=f"{SETTINGS['guest']} {SETTINGS['rules']}",
            messages=[{"role": "user", "content": question}],
        )
        .content[0]
        .text
    )


for question in QUESTIONS:
    print(ask(question))
