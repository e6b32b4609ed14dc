# expects: bill at most 0.5
"""Stores each answer under its key."""

import anthropic


def label_all(client, items):
    labels = {}
    for key, text in items.items():
        labels[key] = client.messages.create(
            model="claude-haiku-5-5",
            max_tokens=10,
            messages=[{"role": "user", "content": f"Answer with one of: red, green, blue. {text}"}],
        ).content[0].text
    return labels


print(label_all(anthropic.Anthropic(), {"a": "sky", "b": "leaf", "c": "rose", "d": "sea"}))
