"""An agent in a loop: each round sends all rounds before it."""

import anthropic

client = anthropic.Anthropic()
TOOLS = [
    {
        "name": "look_up",
        "description": "Look up a rule.",
        "input_schema": {"type": "object", "properties": {"topic": {"type": "string"}}, "required": ["topic"]},
    }
]


def look_up(topic: str) -> str:
    text = open("handbook.md", encoding="utf-8").read()
    return f"{topic}: {text[: 2500 + len(topic)]}"


def solve(case: str) -> str:
    messages = [{"role": "user", "content": case}]
    while True:
        response = client.messages.create(model="claude-sonnet-5-5", max_tokens=300, tools=TOOLS, messages=messages)
        messages.append({"role": "assistant", "content": response.content})
        if response.stop_reason != "tool_use":
            return response.content[0].text
        results = [
            {"type": "tool_result", "tool_use_id": block.id, "content": look_up(**block.input)}
            for block in response.content
            if block.type == "tool_use"
        ]
        messages.append({"role": "user", "content": results})


for case in ("A dog bit the conductor.", "The refund did not arrive.", "Somebody took my berth."):
    print(solve(case))
