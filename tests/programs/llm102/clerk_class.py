"""A clerk whose first block says what time it is."""

import time

import anthropic


class Clerk:
    def __init__(self):
        self.client = anthropic.Anthropic()
        with open("handbook.md") as file:
            self.rules = file.read()

    def reply(self, text):
        response = self.client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=90,
            system=[
                {"type": "text", "text": f"The clock says {time.strftime('%H:%M:%S')}."},
                {"type": "text", "text": self.rules},
            ],
            messages=[{"role": "user", "content": text}],
        )
        return response.content[0].text


clerk = Clerk()
for text in open("questions.txt").readlines():
    print(clerk.reply(text))
