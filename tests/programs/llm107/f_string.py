# expects: fails before with BadRequestError
"""Marked f-strings."""

import sys

import anthropic

name = f"guest {len(sys.argv)}"
client = anthropic.Anthropic()
with client.messages.stream(
    model="claude-sonnet-5-5",
    max_tokens=40,
    system=[
        {"type": "text", "text": "Greet people.", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": f"Greet {name}.", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": f"Say goodbye to {name}.", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "In two lines.", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "Without rhymes.", "cache_control": {"type": "ephemeral"}},
    ],
    messages=[{"role": "user", "content": "Now."}],
) as stream:
    print(stream.get_final_text())
