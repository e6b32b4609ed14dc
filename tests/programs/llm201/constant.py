"""Plans a route; the model is a constant."""

import anthropic

MODEL = "claude-opus-5-5"  # picked in May

client = anthropic.Anthropic()


def plan(start: str, goal: str) -> str:
    message = client.messages.create(
        model=MODEL,
        max_tokens=300,
        messages=[{"role": "user", "content": f"Work out how to get from {start} to {goal} by night, and why so."}],
    )
    return message.content[0].text


print(plan("Lisbon", "Tromsø"))
print(plan("Cork", "Constanța"))
