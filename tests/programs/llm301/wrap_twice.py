# expects: bill at most 0.5
"""Two loops over the same helper, and one that does not call it."""

import anthropic

client = anthropic.Anthropic()


def explain(word):
    return client.messages.create(
        model="claude-haiku-5-5", max_tokens=25, messages=[{"role": "user", "content": f"Explain {word}"}]
    ).content[0].text


first = [explain(word) for word in ["rain", "hail", "snow", "sleet"] * 3]
second = []
for word in ("fog", "mist", "haze", "smog") * 3:
    second.append(explain(word).lower())
for line in first + second:
    print(line)
