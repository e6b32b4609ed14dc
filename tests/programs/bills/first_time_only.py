# fixes: safe
"""Only the first iteration makes a call."""

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


intro = None
for question in QUESTIONS:
    if intro is None:
        intro = (
            client.messages.create(
                model="claude-sonnet-5-5",
                max_tokens=80,
                system=RULES,
                messages=[{"role": "user", "content": "Introduce the house."}],
            )
            .content[0]
            .text
        )
    print(intro, question)
