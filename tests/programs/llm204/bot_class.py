# expects: fails before with NotFoundError
"""An alias of a retired model, in a class."""

from anthropic import Anthropic


class Bot:
    MODEL = "claude-3-5-sonnet-latest"

    def __init__(self):
        self.client = Anthropic()

    def answer(self, text):
        reply = self.client.messages.create(model=self.MODEL, max_tokens=99, messages=[{"role": "user", "content": text}])
        return reply.content[0].text


print(Bot().answer("Hello, how do I get to Graz, step by step?"))
