# fixes: safe
"""Each of two tools is sent once."""

import anthropic

client = anthropic.Anthropic()
RULES = open("handbook.md").read()
QUESTIONS = ("Are dogs allowed?", "And cats on the ferry?", "May I cancel?", "Where is the bar?")

A = {"name": "a", "description": "Look up. " + RULES, "input_schema": {"type": "object", "properties": {}}}
B = {"name": "b", "description": "Write down. " + RULES, "input_schema": {"type": "object", "properties": {}}}
for tool in (A, B):
    reply = client.messages.create(model="claude-sonnet-5-5", max_tokens=80, tools=[tool], messages=[{"role": "user", "content": "Why?"}])
    print(reply.content[0].type)
