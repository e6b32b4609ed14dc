# expects: same bill
"""Headlines for the magazine."""

import anthropic

import blocks

client = anthropic.Anthropic()
for topic in ("dogs", "dinner"):
    r = client.messages.create(model="claude-sonnet-5-5", max_tokens=30, system=blocks.SYSTEM, messages=[{"role": "user", "content": topic}])
    print(r.content[0].text)
