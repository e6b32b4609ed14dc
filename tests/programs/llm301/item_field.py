# expects: bill at most 0.5
"""Puts the answer into the item itself."""

import json

import anthropic

client = anthropic.Anthropic()


def enrich(records: list[dict]) -> None:
    """Add a `summary` to each record."""
    for record in records:
        record["summary"] = client.messages.create(
            model="claude-haiku-5-5",
            max_tokens=30,
            messages=[{"role": "user", "content": json.dumps({"text": record["text"]})}],
        ).content[0].text


records = [{"text": "a"}, {"text": "b c"}, {"text": "d e f"}, {"text": "g"}]
enrich(records)
print(json.dumps(records))
