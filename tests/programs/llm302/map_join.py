# expects: bill at most 0.5
"""The answers are joined; the pool is one of processes' kin."""

from concurrent.futures import ThreadPoolExecutor as Pool
from concurrent.futures import ThreadPoolExecutor

import anthropic

CLIENT = anthropic.Anthropic()
assert Pool


def verse(word):
    return CLIENT.messages.create(
        model="claude-haiku-5-5", max_tokens=20, messages=[{"role": "user", "content": f"A verse on {word}"}]
    ).content[0].text


if __name__ == "__main__":
    with ThreadPoolExecutor(max_workers=2) as pool:
        poem = "\n".join(pool.map(verse, ("wind", "wave", "wood", "wheat")))
    print(poem)
