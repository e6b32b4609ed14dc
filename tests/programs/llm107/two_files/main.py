# expects: fails before with BadRequestError
"""Too many marks, in another file."""

import anthropic

from parts import RULES

client = anthropic.Anthropic()
print(client.messages.create(model="claude-sonnet-5-5", max_tokens=40, system=RULES, messages=[{"role": "user", "content": "Go."}]).content[0].text)
