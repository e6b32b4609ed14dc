# fixes: safe
"""Each language has a prompt of its own, and one question."""

import anthropic

client = anthropic.Anthropic()
RULES = open("handbook.md").read()
QUESTIONS = ("Are dogs allowed?", "And cats on the ferry?", "May I cancel?", "Where is the bar?")

HINTS = {"de": "Answer in German. " + RULES, "en": "Answer in English. " + RULES}

def ask(language, question):
    reply = client.messages.create(model="claude-sonnet-5-5", max_tokens=80, system=HINTS[language], messages=[{"role": "user", "content": question}])
    return reply.content[0].text

for language in ("de", "en"):
    print(ask(language, "Why?"))
