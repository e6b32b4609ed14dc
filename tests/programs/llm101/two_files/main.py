"""Prints an answer to each example."""

import anthropic
import prompts

client = anthropic.Anthropic(max_retries=1)

for example in prompts.EXAMPLES:
    message = client.messages.create(
        model="claude-opus-5-5",
        max_tokens=80,
        system=prompts.DESK,  # see prompts.py
        messages=[{"role": "user", "content": example}],
    )
    print(message.content[0].text, message.stop_reason)
