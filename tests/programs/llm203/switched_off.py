# options: --config thresholds.superseded-ratio=1
"""Thinking is switched off in words that the successor refuses."""

import anthropic

client = anthropic.Anthropic()


def describe(thing: str) -> str:
    message = client.messages.create(
        model="claude-sonnet-4-6",
        max_tokens=200,
        thinking={"type": "disabled"},
        messages=[{"role": "user", "content": f"Describe {thing} step by step."}],
    )
    return message.content[0].text


print(describe("a bogie"))
print(describe("a pantograph"))
