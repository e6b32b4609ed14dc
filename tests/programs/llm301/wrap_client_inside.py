# expects: bill at most 0.5
"""The helper makes its own client and gives back more than the text."""

import anthropic


def _ask(number, text):
    client = anthropic.Anthropic()
    message = client.messages.create(
        model="claude-haiku-5-5", max_tokens=20, messages=[{"role": "user", "content": f"{number}. {text}"}]
    )
    answer = message.content[0].text
    return number, answer.upper()


rows = ["north", "south", "east", "west"] * 3
print([_ask(number, row) for number, row in enumerate(rows)])
