"""Grades one answer."""

import anthropic

client = anthropic.Anthropic()


def grade(answer: str) -> str:
    response = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=30,
        messages=[{"role": "user", "content": f"Grade from A to F, with one reason: {answer}"}],
    )
    return response.content[0].text
