# expects: bill at most 0.5
"""Numbers out of the answers."""

from concurrent.futures import ThreadPoolExecutor

import anthropic

client = anthropic.Anthropic()


def tokens(text):
    message = client.messages.create(
        model="claude-haiku-5-5", max_tokens=12, messages=[{"role": "user", "content": text}]
    )
    return message.usage.input_tokens + message.usage.output_tokens


def total(texts):
    with ThreadPoolExecutor() as pool:
        futures = [pool.submit(tokens, text) for text in texts]
        return sum(future.result() for future in futures)


print(total(["a", "b c", "d e f", "g h i j"]))
