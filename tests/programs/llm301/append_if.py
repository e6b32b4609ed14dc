# expects: bill at most 0.5
"""Only some items are asked about; counts are added up."""

import anthropic

client = anthropic.Anthropic()


def check(rows: list[dict]) -> tuple[list[str], int]:
    found, tokens = [], 0
    for row in rows:
        if row["text"] and not row.get("done"):
            answer = client.messages.create(
                model="claude-haiku-5-5", max_tokens=20, messages=[{"role": "user", "content": row["text"]}]
            )
            tokens += answer.usage.input_tokens
            text = answer.content[0].text
            if "the" not in text.split():
                text = f"({text})"
            found.append(text)
    return found, tokens


print(check([{"text": "one"}, {"text": ""}, {"text": "two", "done": True}, {"text": "three"}, {"text": "four"}, {"text": "five"}]))
