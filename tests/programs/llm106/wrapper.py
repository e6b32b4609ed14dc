# expects: same bill
"""A helper with its own short prompt."""

import anthropic

client = anthropic.Anthropic()
STYLE = "Rewrite the sentence in the style of a station announcement."


def announce(sentence):
    response = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=70,
        system=[{"type": "text", "text": STYLE, "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        messages=[{"role": "user", "content": sentence}],
    )
    return response.content[0].text


for line in open("questions.txt"):
    print(announce(line))
