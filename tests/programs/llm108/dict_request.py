"""The request is a dict that all calls start from."""

import os

from openai import OpenAI

with open("handbook.md") as file:
    manual = file.read()

client = OpenAI(base_url=os.environ.get("OPENAI_BASE_URL"))


def request(question):
    return {
        "model": "claude-sonnet-5-5",
        "messages": [
            {"role": "system", "content": manual},
            {"role": "user", "content": question},
        ],
        "max_tokens": 80,
    }


for question in ["Is it loud?", "Is it cold?", "Is it fast?"]:
    print(client.chat.completions.create(**request(question)).choices[0].message.content)
