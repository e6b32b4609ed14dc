# expects: bill at most 0.5
"""A pool whose futures are read as they come, each with its own error handling."""

from concurrent.futures import ThreadPoolExecutor, as_completed

from openai import OpenAI

WORDS = ["anchor", "beacon", "cabin", "dinghy", "ebb"]


class Glossary:
    def __init__(self):
        self.client = OpenAI()
        self.found = {}

    def define(self, word):
        response = self.client.responses.create(model="gpt-6-luna", input=f"Define {word}.")
        return response.output_text

    def fill(self):
        with ThreadPoolExecutor(max_workers=2) as pool:
            futures = {pool.submit(self.define, word): word for word in WORDS}
            for future in as_completed(futures):
                try:
                    self.found[futures[future]] = future.result()
                except ValueError as error:
                    print(error)


glossary = Glossary()
glossary.fill()
for word in WORDS:
    print(word, glossary.found[word])
