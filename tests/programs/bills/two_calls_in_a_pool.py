# fixes: safe
"""Two calls of a pool run side by side."""

import anthropic

client = anthropic.Anthropic()
RULES = open("handbook.md").read()
QUESTIONS = ("Are dogs allowed?", "And cats on the ferry?", "May I cancel?", "Where is the bar?")


def ask(question, model="claude-sonnet-5-5"):
    reply = client.messages.create(model=model, max_tokens=80, system=RULES, messages=[{"role": "user", "content": question}])
    return reply.content[0].text


from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor() as pool:
    one = pool.submit(ask, "A?")
    two = pool.submit(ask, "B?")
    print(one.result(), two.result())
