# expects: bill at most 0.5
"""Each answer is handed to a method that keeps it."""

import anthropic


class Store:
    def __init__(self):
        self.rows = {}

    def save(self, key, text):
        self.rows[key] = text
        print("saved", key)


class Tagger:
    MODEL = "claude-haiku-5-5"

    def __init__(self, store):
        self.client = anthropic.Anthropic()
        self.store = store

    def tag(self, posts: dict[str, str]):
        for key in posts:
            response = self.client.messages.create(
                model=self.MODEL,
                max_tokens=12,
                messages=[{"role": "user", "content": "Three tags: " + posts[key]}],
            )
            self.store.save(key, response.content[0].text)


store = Store()
Tagger(store).tag({"p1": "bread", "p2": "milk", "p3": "eggs", "p4": "salt"})
print(store.rows)
