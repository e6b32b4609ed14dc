# expects: fails before with NotFoundError
"""Opus 3 is gone since January 2026."""

import anthropic

MODEL = "claude-3-opus-20240229"
client = anthropic.Anthropic(max_retries=0)
message = client.messages.create(model=MODEL, max_tokens=2000, messages=[{"role": "user", "content": "Good evening!"}])
print(message.content[0].text)
