# expects: bill at most 0.5
"""The results have a name, and are read behind the pool."""

from concurrent.futures import ThreadPoolExecutor

import anthropic


class Checker:
    def __init__(self):
        self.client = anthropic.Anthropic()

    def check(self, url):
        """One page."""
        response = self.client.messages.create(
            model="claude-haiku-5-5", max_tokens=10, messages=[{"role": "user", "content": url}]
        )
        text = response.content[0].text
        return {"url": url, "text": text}

    def check_all(self, urls):
        with ThreadPoolExecutor(max_workers=5) as pool:
            results = pool.map(self.check, urls)
        return [result for result in results if result["text"]]


for row in Checker().check_all(["a.html", "b.html", "c.html", "d.html"]):
    print(row)
