# fixes: safe
"""A context manager waits ten minutes behind each call."""

import anthropic

client = anthropic.Anthropic()
RULES = open("handbook.md").read()
QUESTIONS = ("Are dogs allowed?", "And cats on the ferry?", "May I cancel?", "Where is the bar?")


def ask(question, model="claude-sonnet-5-5"):
    reply = client.messages.create(model=model, max_tokens=80, system=RULES, messages=[{"role": "user", "content": question}])
    return reply.content[0].text


import time

class Slowly:
    def __enter__(self):
        return self
    def __exit__(self, *args):
        time.sleep(600)

for question in QUESTIONS:
    with Slowly():
        print(ask(question))
