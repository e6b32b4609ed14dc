"""Answers the questions that came in over night."""

from pathlib import Path

import anthropic

HANDBOOK = Path(__file__).with_name("handbook.md").read_text(encoding="utf-8")
QUESTIONS = [
    "May I take my dog on the train to Vienna?",
    "My train was 75 minutes late. What do I get?",
    "Can I change the name on booking FW123456?",
]

client = anthropic.Anthropic()


def answer(question: str) -> str:
    response = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=300,
        system=HANDBOOK,
        messages=[{"role": "user", "content": question}],
    )
    return response.content[0].text


if __name__ == "__main__":
    for question in QUESTIONS:
        print(question, "->", answer(question))
