# fixes: safe
"""The loop ends when the response says so, which the first one does."""

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


done = False
while not done:
    text = (
        client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=80,
            system=RULES,
            messages=[{"role": "user", "content": "Is the handbook clear? Say yes."}],
        )
        .content[0]
        .text
    )
    done = bool(text)
    print(text)
