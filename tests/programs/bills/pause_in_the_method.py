# fixes: safe
"""The method that asks waits for its turn: seven minutes."""

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


import time

PAUSE = 420


class Desk:
    def ask(self, question):
        answer = (
            client.messages.create(
                model="claude-sonnet-5-5", max_tokens=80, system=RULES, messages=[{"role": "user", "content": question}]
            )
            .content[0]
            .text
        )
        time.sleep(PAUSE)
        return answer


desk = Desk()
for question in QUESTIONS:
    print(desk.ask(question))
