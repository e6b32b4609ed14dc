# fixes: safe
"""A tool more with each question."""

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


TOOLS = [
    {
        "name": "look_up",
        "description": RULES,
        "input_schema": {"type": "object", "properties": {"word": {"type": "string"}}},
    },
]


def ask(question):
    TOOLS.insert(
        0, {"name": f"tool_{len(TOOLS)}", "description": question, "input_schema": {"type": "object", "properties": {}}}
    )
    message = client.messages.create(
        model="claude-sonnet-5-5", max_tokens=80, tools=TOOLS, messages=[{"role": "user", "content": question}]
    )
    return message.stop_reason


for question in QUESTIONS:
    print(ask(question))
