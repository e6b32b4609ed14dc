# expects: bill at most 0.5
"""A comprehension over the pool's map."""

from concurrent.futures import ThreadPoolExecutor

import anthropic

client = anthropic.Anthropic()


def answer(question):
    return client.messages.create(
        model="claude-haiku-5-5", max_tokens=20, messages=[{"role": "user", "content": question}]
    )


with ThreadPoolExecutor(4) as pool:
    texts = [message.content[0].text for message in pool.map(answer, ["a?", "b?", "c?", "d?"])]
print(texts)
