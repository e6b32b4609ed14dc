"""Asks the desk."""

import anthropic

import desk

client = anthropic.Anthropic()


def ask(question: str) -> str:
    response = client.messages.create(
        model=desk.MODEL,
        max_tokens=60,
        system=desk.RULES,
        messages=[
            {"role": "user", "content": [{"type": "text", "text": question, "cache_control": desk.CACHE}]},
        ],
    )
    return response.content[0].text


with open("questions.txt") as questions:
    for question in questions:
        print(ask(question.strip()))
