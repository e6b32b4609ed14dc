# fixes: LLM301 unsafe
"""One after another, calls read large marked rules for a twentieth of their price: a batch costs more."""

import anthropic

client = anthropic.Anthropic()
RULES = open("handbook.md").read() * 3

for number in range(11):
    answer = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=50,
        system=[{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": f"Letter {number}: may I come later?"}],
    )
    print(answer.content[0].text)
