"""The request is a dict that is made for each question."""

import uuid

import anthropic

client = anthropic.Anthropic()
MANUAL = open("handbook.md").read()


def request(question):
    return {
        "model": "claude-sonnet-5-5",
        "max_tokens": 60,
        "system": f"Trace {uuid.uuid4()}.\n\n{MANUAL}",
        "messages": [{"role": "user", "content": question}],
    }


for question in open("questions.txt").readlines():
    print(client.messages.create(**request(question)).content[0].text)
