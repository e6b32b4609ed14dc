# fixes: safe
"""The marked text is short at first, and a handbook from then on."""

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
    def __init__(self, text="You help."):
        self.text = text

    def ask(self, question):
        return (
            client.messages.create(
                model="claude-sonnet-5-5",
                max_tokens=80,
                system=[{"type": "text", "text": self.text, "cache_control": {"type": "ephemeral"}}],
                messages=[{"role": "user", "content": question}],
            )
            .content[0]
            .text
        )


desk = Desk()
print(desk.ask("Short?"))
desk.text = RULES
for q in QUESTIONS:
    print(desk.ask(q))
