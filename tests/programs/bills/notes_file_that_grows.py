# fixes: safe
"""Each answer is added to the file that the next system prompt is read from."""

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
    with open("handbook.md") as file:
        system = file.read()
    answer = (
        client.messages.create(
            model="claude-sonnet-5-5", max_tokens=80, system=system, messages=[{"role": "user", "content": question}]
        )
        .content[0]
        .text
    )
    with open("handbook.md", "r+") as file:
        text = file.read()
        file.seek(0)
        file.write(question + "\n" + text)
    return answer


for question in QUESTIONS:
    print(ask(question))
