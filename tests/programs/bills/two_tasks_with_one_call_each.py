# fixes: safe
"""Two prompts that open differently are sent once each."""

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


def summarize(text):
    return (
        client.messages.create(
            model="claude-sonnet-5-5", max_tokens=80, system="Summarize. " + RULES, messages=[{"role": "user", "content": text}]
        )
        .content[0]
        .text
    )


def translate(text):
    return (
        client.messages.create(
            model="claude-sonnet-5-5", max_tokens=80, system="Translate. " + RULES, messages=[{"role": "user", "content": text}]
        )
        .content[0]
        .text
    )


print(summarize("A text."))
print(translate("A text."))
