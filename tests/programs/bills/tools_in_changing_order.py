# fixes: safe
"""The tools, which stand ahead of the rules, come in another order each time."""

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


import random

TOOLS = [
    {
        "name": f"tool_{n}",
        "description": RULES[n * 400 : n * 400 + 1500],
        "input_schema": {"type": "object", "properties": {"a": {"type": "string"}}},
    }
    for n in range(6)
]


def ask(question, seed):
    tools = list(TOOLS)
    random.Random(seed).shuffle(tools)
    answer = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=80,
        tools=tools,
        tool_choice={"type": "none"},
        system=RULES,
        messages=[{"role": "user", "content": question}],
    )
    return answer.content[0].text


for n, q in enumerate(QUESTIONS):
    print(ask(q, n))
