# fixes: safe
"""The program mostly ends ahead of its second call."""

import anthropic

client = anthropic.Anthropic()
RULES = open("handbook.md").read()
QUESTIONS = ("Are dogs allowed?", "And cats on the ferry?", "May I cancel?", "Where is the bar?")


def ask(question, model="claude-sonnet-5-5"):
    reply = client.messages.create(model=model, max_tokens=80, system=RULES, messages=[{"role": "user", "content": question}])
    return reply.content[0].text


import sys
answer = ask("A?")
print(answer)
if len(answer) > 3:
    sys.exit()
print(ask("B?"))
