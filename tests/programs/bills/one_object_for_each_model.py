# fixes: safe
"""Each object has a model of its own, and is asked once."""

import anthropic

client = anthropic.Anthropic()
RULES = open("handbook.md").read()
QUESTIONS = ("Are dogs allowed?", "And cats on the ferry?", "May I cancel?", "Where is the bar?")

class Desk:
    def __init__(self, model):
        self.model = model

    def ask(self, question):
        reply = client.messages.create(model=self.model, max_tokens=80, system=RULES, messages=[{"role": "user", "content": question}])
        return reply.content[0].text

DESKS = [Desk("claude-sonnet-5-5"), Desk("claude-opus-5-5"), Desk("claude-haiku-5-5")]
for desk in DESKS:
    print(desk.ask("Why?"))
