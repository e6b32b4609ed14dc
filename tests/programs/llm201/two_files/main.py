"""Reads the settings of another file."""

import anthropic

from settings import DEFAULTS

client = anthropic.Anthropic()
for topic in ["fares", "brakes", "crews"]:
    message = client.messages.create(
        model=DEFAULTS["model"],
        max_tokens=DEFAULTS["max_tokens"],
        messages=[{"role": "user", "content": f"Draft a strategy for {topic} and weigh it against two others."}],
    )
    print(topic, message.content[0].text)
