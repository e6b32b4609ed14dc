# fixes: safe
"""An attribute of the class is another prompt for each question."""

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


class Desk:
    system = RULES

    def ask(self, question):
        return (
            client.messages.create(
                model="claude-sonnet-5-5", max_tokens=80, system=self.system, messages=[{"role": "user", "content": question}]
            )
            .content[0]
            .text
        )


desk = Desk()
for q in QUESTIONS:
    Desk.system = find(q) + RULES
    print(desk.ask(q))
