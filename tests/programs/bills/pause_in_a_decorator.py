# fixes: safe
"""A decorator waits ten minutes ahead of each call."""

import anthropic

client = anthropic.Anthropic()
RULES = open("handbook.md").read()
QUESTIONS = ("Are dogs allowed?", "And cats on the ferry?", "May I cancel?", "Where is the bar?")

import time, functools

def slowly(function):
    @functools.wraps(function)
    def wrapper(*args):
        time.sleep(600)
        return function(*args)
    return wrapper

@slowly
def ask(question, model="claude-sonnet-5-5"):
    reply = client.messages.create(model=model, max_tokens=80, system=RULES, messages=[{"role": "user", "content": question}])
    return reply.content[0].text

for question in QUESTIONS:
    print(ask(question))
