# expects: bill at most 0.51
"""Futures in order, from an object."""

from concurrent.futures import ThreadPoolExecutor

import anthropic


class Annotator:
    def __init__(self) -> None:
        self.client = anthropic.Anthropic()

    def annotate(self, text: str) -> str:
        reply = self.client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=60,
            messages=[{"role": "user", "content": f"Annotate: {text}"}],
        )
        return reply.content[0].text

    def annotate_all(self, texts: list[str]) -> list[str]:
        with ThreadPoolExecutor(4) as pool:
            futures = [pool.submit(self.annotate, text) for text in texts]
            return [future.result() for future in futures]


for annotation in Annotator().annotate_all(open("questions.txt").read().splitlines()):
    print(annotation)
