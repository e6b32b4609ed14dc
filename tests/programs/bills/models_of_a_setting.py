# fixes: safe
"""One question goes to each of the models that a setting names."""

import anthropic

client = anthropic.Anthropic()
RULES = open("handbook.md").read()
QUESTIONS = ("Are dogs allowed?", "And cats on the ferry?", "May I cancel?", "Where is the bar?")


def ask(question, model="claude-sonnet-5-5"):
    reply = client.messages.create(model=model, max_tokens=80, system=RULES, messages=[{"role": "user", "content": question}])
    return reply.content[0].text


import os
for model in os.environ.get("MODELS", "claude-sonnet-5-5,claude-opus-5-5").split(","):
    print(ask("Why?", model))
