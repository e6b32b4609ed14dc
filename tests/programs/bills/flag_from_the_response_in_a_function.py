# fixes: safe
"""The loop of a function ends when the response is what is asked for: mostly the first."""

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


def ask(question):
    answer = None
    while answer is None:
        text = (
            client.messages.create(
                model="claude-sonnet-5-5", max_tokens=80, system=RULES, messages=[{"role": "user", "content": question}]
            )
            .content[0]
            .text
        )
        if text:
            answer = text
    return answer


print(ask("Is there soup?"))
