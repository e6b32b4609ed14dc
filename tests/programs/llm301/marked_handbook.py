# expects: bill at most 0.85
"""Serial calls read a marked handbook from the cache. As a batch one call ahead writes it, and the others read it at half of the read price."""

from pathlib import Path

import anthropic

client = anthropic.Anthropic()
SYSTEM = [{"type": "text", "text": Path("handbook.md").read_text(), "cache_control": {"type": "ephemeral"}}]


def answers(numbers):
    found = []
    for number in numbers:
        message = client.messages.create(
            model="claude-haiku-5-5",
            max_tokens=300,
            system=SYSTEM,
            messages=[{"role": "user", "content": f"What does rule {number} of the handbook ask of the desk, and what if it is broken?"}],
        )
        found.append(message.content[0].text)
    return found


print("\n".join(answers(range(40))))
