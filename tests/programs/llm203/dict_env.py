"""A dict with the default of the environment."""

import os

from openai import OpenAI

OPTIONS = {"model": os.getenv("CHAT_MODEL", "gpt-5.6-luna"), "max_completion_tokens": 400}
client = OpenAI()
for name in ("Ada", "Bob"):
    completion = client.chat.completions.create(messages=[{"role": "user", "content": f"Greet {name}."}], **OPTIONS)
    print(completion.choices[0].message.content)
