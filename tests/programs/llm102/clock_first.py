"""The time stands ahead of the handbook."""

from datetime import datetime
from pathlib import Path

import anthropic

HANDBOOK = Path("handbook.md").read_text(encoding="utf-8")
client = anthropic.Anthropic()


def answer(question: str) -> str:
    message = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=100,
        system=f"It is {datetime.now()}.\n\n{HANDBOOK}",
        messages=[{"role": "user", "content": question}],
    )
    return message.content[0].text


for question in Path("questions.txt").read_text(encoding="utf-8").splitlines():
    print(answer(question))
