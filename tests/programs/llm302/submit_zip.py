# expects: bill at most 0.5
"""Each future beside its item."""

from concurrent.futures import ThreadPoolExecutor

import anthropic


def label(client, text, options):
    prompt = f"Answer with one of: {options}. {text}"
    reply = client.messages.create(
        model="claude-haiku-5-5", max_tokens=10, messages=[{"role": "user", "content": prompt}]
    )
    return reply.content[0].text


def main():
    client = anthropic.Anthropic()
    texts = ["a stone", "a leaf", "a wave", "a spark"]
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(label, client, text, options="hot, cold") for text in texts]
        for text, future in zip(texts, futures):
            found = future.result()
            print(f"{text}: {found}")


main()
