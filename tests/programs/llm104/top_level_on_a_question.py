"""Every call pays for writing the question to the cache, and none reads it."""

from pathlib import Path

import anthropic

HANDBOOK = Path("handbook.md").read_text(encoding="utf-8")
client = anthropic.Anthropic()


def answer(question: str) -> str:
    message = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=200,
        cache_control={"type": "ephemeral"},
        system=HANDBOOK,
        messages=[{"role": "user", "content": question}],
    )
    return message.content[0].text


for line in Path("questions.txt").read_text(encoding="utf-8").splitlines():
    print(answer(line))
