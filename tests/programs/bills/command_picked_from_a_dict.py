# fixes: safe
"""One of two commands of a dict is run."""

import anthropic

client = anthropic.Anthropic()
RULES = open("handbook.md").read()
QUESTIONS = ("Are dogs allowed?", "And cats on the ferry?", "May I cancel?", "Where is the bar?")


def ask(question, model="claude-sonnet-5-5"):
    reply = client.messages.create(model=model, max_tokens=80, system=RULES, messages=[{"role": "user", "content": question}])
    return reply.content[0].text


import sys
def first():
    print(ask("A?"))
def second():
    print(ask("B?"))
COMMANDS = {"a": first, "b": second}
run = COMMANDS.get("b")
run()
