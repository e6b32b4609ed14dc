# options: --config thresholds.superseded-ratio=1
"""Streams an answer."""

import sys

import anthropic

client = anthropic.Anthropic()
city = sys.argv[1] if len(sys.argv) > 1 else "Trieste"
with client.messages.stream(
    model="claude-sonnet-4-6",  # 3 dollars a million
    max_tokens=200,
    messages=[{"role": "user", "content": f"Two sentences on {city} at dawn, about 30 words."}],
) as stream:
    for piece in stream.text_stream:
        sys.stdout.write(piece)
print()
