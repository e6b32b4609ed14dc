# expects: same bill
"""A dict with a mark that does nothing."""

import anthropic

BASE = {
    "model": "claude-haiku-5-5",
    "max_tokens": 40,
    "system": [{"type": "text", "text": "Answer in rhyme.", "cache_control": {"type": "ephemeral"}}],
}
client = anthropic.Anthropic()
for question in ("Why do wheels turn?", "Why do doors close?"):
    print(client.messages.create(**BASE, messages=[{"role": "user", "content": question}]).content[0].text)
