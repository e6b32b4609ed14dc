# expects: bill at most 0.5
"""The answers are sorted."""

import anthropic
from concurrent.futures import ThreadPoolExecutor


def run(client, words):
    def define(word):
        reply = client.messages.create(
            model="claude-haiku-5-5", max_tokens=20, messages=[{"role": "user", "content": f"Define {word}"}]
        )
        return f"{word}: {reply.content[0].text}"

    with ThreadPoolExecutor(4) as pool:
        return sorted(pool.map(define, words), key=len)


print(run(anthropic.Anthropic(), ["oar", "sail", "mast", "keel"]))
