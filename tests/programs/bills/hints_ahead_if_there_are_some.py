# fixes: safe
"""Hints that differ for each letter are put ahead of the rules where there are some, and there always are."""

import anthropic

client = anthropic.Anthropic()
RULES = open("handbook.md").read()
LINES = [line for line in RULES.splitlines() if line.strip()]


def reply(letter: str, hints: list[str] | None = None) -> str:
    parts = "You reply to letters.\n"
    if hints is not None:
        for hint in hints:
            parts += f"- {hint}\n"
    parts += RULES
    answer = client.messages.create(
        model="claude-sonnet-5-5", max_tokens=80, system=parts, messages=[{"role": "user", "content": letter}]
    )
    return answer.content[0].text


for number, letter in enumerate(open("questions.txt").read().splitlines()[:5]):
    print(reply(letter, LINES[number : number + 2]))
