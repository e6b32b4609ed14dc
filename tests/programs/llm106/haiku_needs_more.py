# expects: same bill
"""Haiku 4.5 caches from 4,096 tokens on."""

import anthropic

BOOK = open("handbook.md", encoding="utf-8").read()
client = anthropic.Anthropic()

for question in ("Where is my bag?", "When is breakfast?"):
    message = client.messages.create(
        model="claude-haiku-4-5",
        max_tokens=60,
        system=[{"type": "text", "text": BOOK, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}],
    )
    print(message.content[0].text)
