# fixes: safe
"""The caller sets an attribute that opens the prompt, anew for each question."""

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
    def __init__(self):
        self.prefix = ""
        self.system = RULES

    def ask(self, question):
        return (
            client.messages.create(
                model="claude-sonnet-5-5",
                max_tokens=80,
                system=self.prefix + self.system,
                messages=[{"role": "user", "content": question}],
            )
            .content[0]
            .text
        )


desk = Desk()
for q in QUESTIONS:
    desk.prefix = find(q) + "\n"
    print(desk.ask(q))
