# expects: fails before with NotFoundError
"""A dict with a retired model."""

import openai

client = openai.OpenAI()
BASE = {"model": "gpt-4-turbo", "messages": [{"role": "user", "content": "Tell me about sleepers."}]}
print(client.chat.completions.create(**BASE).choices[0].message.content)
