# expects: bill at most 0.5
"""Futures are appended in a loop."""

from concurrent.futures import ThreadPoolExecutor

import anthropic

client = anthropic.Anthropic()


def shorten(number, text):
    return client.messages.create(
        model="claude-haiku-5-5", max_tokens=20, messages=[{"role": "user", "content": f"{number}. Shorten: {text}"}]
    )


def main(texts):
    out = []
    with ThreadPoolExecutor(4) as pool:
        futures = []
        for number, text in enumerate(texts):
            if not text:
                continue
            futures.append(pool.submit(shorten, number, text.strip()))
        for future in futures:
            message = future.result()
            out.append(message.content[0].text)
    return out


print(main(["a long text ", "", " a longer text", "the longest text", "a text", "text"]))
