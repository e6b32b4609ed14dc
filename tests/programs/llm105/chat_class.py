"""A chat that keeps its history in an attribute."""

from __future__ import annotations

import anthropic


class Chat:
    def __init__(self, client: anthropic.Anthropic, model: str) -> None:
        self.client = client
        self.model = model
        self.history: list[dict] = []

    def say(self, text: str) -> str:
        self.history.append({"role": "user", "content": text})
        reply = self.client.messages.create(
            model=self.model,
            max_tokens=400,
            messages=self.history,
        )
        answer = reply.content[0].text
        self.history.append({"role": "assistant", "content": answer})
        return answer


def main() -> None:
    chat = Chat(anthropic.Anthropic(), "claude-opus-5-5")
    book = open("handbook.md").read()
    print(chat.say(f"This is our handbook.\n\n{book}\n\nIs it complete?"))
    print(chat.say("What is missing on pets?"))
    print(chat.say("Write that chapter in 80 words."))
    print(chat.say("Shorter, please."))


if __name__ == "__main__":
    main()
