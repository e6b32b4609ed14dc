# expects: bill at most 0.51
"""A pool of threads of multiprocessing maps a function over lines, lazily."""

from multiprocessing.pool import ThreadPool

import anthropic

client = anthropic.Anthropic()


def classify(line: str) -> str:
    message = client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=8,
        system="Answer with one of: short, long, odd.",
        messages=[{"role": "user", "content": line}],
    )
    return message.content[0].text


def main() -> None:
    with open("questions.txt") as file:
        lines = file.read().splitlines()
    with ThreadPool(min(8, len(lines))) as pool:
        classes = list(pool.imap(classify, lines))
    for line, name in zip(lines, classes):
        print(name, line)


main()
