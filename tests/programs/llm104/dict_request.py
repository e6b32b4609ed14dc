"""The request grows item by item; its mark is at the top."""

import anthropic

client = anthropic.Anthropic()
with open("handbook.md") as handle:
    rules = handle.read()


def build(question):
    request = {"model": "claude-sonnet-5-5", "max_tokens": 70, "cache_control": {"type": "ephemeral"}}
    request["system"] = [{"type": "text", "text": rules}]
    request["messages"] = [{"role": "user", "content": question}]
    return request


questions = open("questions.txt").readlines()
for question in questions[:4]:
    print(client.messages.create(**build(question)).content[0].text)
