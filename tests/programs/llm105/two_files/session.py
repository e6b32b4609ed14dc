"""A conversation with the model."""

import anthropic

client = anthropic.Anthropic()


class Session:
    def __init__(self, first: str) -> None:
        self.messages = [{"role": "user", "content": first}]

    def step(self, more: str | None = None) -> str:
        if more is not None:
            self.messages.append({"role": "user", "content": more})
        response = client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=200,
            system="You are the night editor.",
            messages=self.messages,
        )
        text = response.content[0].text
        self.messages.append({"role": "assistant", "content": text})
        return text
