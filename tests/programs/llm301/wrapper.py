# expects: bill at most 0.51
"""A helper asks; the loop is in its caller."""

import json

import anthropic

client = anthropic.Anthropic()


def extract(mail: str) -> dict:
    """The fields of one mail."""
    message = client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=100,
        messages=[{"role": "user", "content": f'Reply with JSON like {{"name": "...", "topic": "..."}} for this mail:\n{mail}'}],
    )
    return json.loads(message.content[0].text)


def main() -> None:
    rows = []
    for mail in open("questions.txt"):
        rows.append(extract(mail))
    rows.sort(key=lambda row: row["name"])
    for row in rows:
        print(row)


main()
