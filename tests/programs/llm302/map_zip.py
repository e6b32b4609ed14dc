# expects: bill at most 0.5
"""Two lists, side by side, and the answers beside them."""

from concurrent.futures import ThreadPoolExecutor, wait

import anthropic

client = anthropic.Anthropic()


def rate(name, text):
    reply = client.messages.create(
        model="claude-haiku-5-5", max_tokens=10, messages=[{"role": "user", "content": f"Rate {name}: {text}"}]
    )
    return reply.content[0].text


def main():
    names, texts = ["Ana", "Ben", "Cleo", "Dan"], ["ran", "swam", "rode", "flew"]
    with ThreadPoolExecutor(8) as pool:
        ratings = dict(zip(names, pool.map(rate, names, texts)))
    print(ratings)
    return wait


main()
