# options: --config thresholds.superseded-ratio=1
"""A router's slug."""

import os

import openai

client = openai.OpenAI(base_url=os.environ["OPENAI_BASE_URL"])


def ask(text: str) -> str | None:
    return (
        client.chat.completions.create(model="anthropic/claude-opus-4.8", messages=[{"role": "user", "content": text}])
        .choices[0]
        .message.content
    )


print(ask("What is new?"))
