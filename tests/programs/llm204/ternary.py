"""Two models, of which one goes."""

import os

import anthropic

client = anthropic.Anthropic()
IS_QUICK = os.environ.get("QUICK") == "1"
model = "claude-haiku-5-5" if IS_QUICK else "claude-sonnet-4-5"
story = client.messages.create(
    model=model,
    max_tokens=900,
    messages=[{"role": "user", "content": "Tell a story of 120 words, step by step."}],
)
print(story.content[0].text)
