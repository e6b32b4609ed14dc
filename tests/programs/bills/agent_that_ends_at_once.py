# fixes: safe
"""The first response ends the loop of an agent."""

import anthropic

client = anthropic.Anthropic()
RULES = open("handbook.md").read()
QUESTIONS = ("Are dogs allowed?", "And cats on the ferry?", "May I cancel?", "Where is the bar?")

messages = [{"role": "user", "content": "Why?"}]
while True:
    reply = client.messages.create(model="claude-sonnet-5-5", max_tokens=80, system=RULES, messages=messages)
    messages.append({"role": "assistant", "content": reply.content})
    if reply.stop_reason != "tool_use":
        break
    messages.append({"role": "user", "content": "Go on."})
print(reply.content[0].text)
