# fixes: safe
"""The second call is made only where the first answer is far too long."""

import anthropic

client = anthropic.Anthropic()
RULES = open("handbook.md").read()
QUESTIONS = ("Are dogs allowed?", "And cats on the ferry?", "May I cancel?", "Where is the bar?")


def ask(question, model="claude-sonnet-5-5"):
    reply = client.messages.create(model=model, max_tokens=80, system=RULES, messages=[{"role": "user", "content": question}])
    return reply.content[0].text


answer = ask("Why?")
if len(answer) > 100000:
    answer = ask("Shorter, please: " + answer)
print(answer)
