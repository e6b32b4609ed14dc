# fixes: safe
"""One helper sends the rules once and pages once each: a mark in it pays a write for every page."""

import anthropic

RULES = open("handbook.md").read()


class Writer:
    def __init__(self) -> None:
        self.client = anthropic.Anthropic()

    def complete(self, prompt: str, text: str) -> str:
        answer = self.client.messages.create(
            model="claude-sonnet-5-5", max_tokens=80, system=prompt, messages=[{"role": "user", "content": text}]
        )
        return answer.content[0].text


writer = Writer()
print(writer.complete(RULES, "How long is the crossing?"))
for start in range(0, 3000, 500):
    print(writer.complete("Find a title for this page.\n" + RULES[start : start + 6500], "The title, please."))
