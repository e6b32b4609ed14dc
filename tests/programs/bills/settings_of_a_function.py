# fixes: safe
"""A function puts each question into the dict that the prompt is made from."""

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


SETTINGS = {"guest": "nobody"}


def remember(question):
    SETTINGS.update(guest=question)


def ask(question):
    remember(question)
    return (
        client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=80,
            system="{guest} asks. {rules}".format(rules=RULES, **SETTINGS),
            messages=[{"role": "user", "content": question}],
        )
        .content[0]
        .text
    )


for question in QUESTIONS:
    print(ask(question))
