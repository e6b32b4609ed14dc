# expects: bill at most 0.5
"""Futures of a helper, read in order."""

from concurrent.futures import ThreadPoolExecutor

import anthropic

client = anthropic.Anthropic()


def ask(question):
    response = client.messages.create(
        model="claude-haiku-5-5", max_tokens=20, messages=[{"role": "user", "content": question}]
    )
    return response.content[0].text


def main(questions):
    with ThreadPoolExecutor(max_workers=3) as executor:
        futures = [executor.submit(ask, question) for question in questions]
    results = [f.result() for f in futures]
    print(results)


main(["one?", "two?", "three?", "four?"])
