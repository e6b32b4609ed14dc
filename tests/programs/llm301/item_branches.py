# expects: bill at most 0.5
"""What is done with an answer depends on it; some rounds go on early."""

import anthropic

client = anthropic.Anthropic()
kept, dropped = [], 0


def clean(text):
    return text.strip().rstrip(".")


for line in "alpha beta\ngamma\ndelta epsilon\nzeta".split("\n"):
    words = line.split()
    message = client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=30,
        messages=[{"role": "user", "content": " ".join(reversed(words))}],
    )
    if len(words) < 2:
        dropped += 1
        continue
    text = clean(message.content[0].text)
    if text:
        kept.append(f"{words[0]}: {text}")
    else:
        kept.append("-")
print(kept, dropped)
