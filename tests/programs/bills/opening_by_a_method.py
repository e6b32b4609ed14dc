# fixes: safe
"""A method makes the opening of each prompt, which may be empty and never is."""

import anthropic

RULES = open("handbook.md").read()


class Desk:
    def __init__(self) -> None:
        self.client = anthropic.Anthropic()

    def opening(self, guest: str) -> str:
        if not guest:
            return ""
        return f"The guest writes: {guest}\n"

    def reply(self, guest: str) -> str:
        answer = self.client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=80,
            system=self.opening(guest) + RULES,
            messages=[{"role": "user", "content": "What do we answer?"}],
        )
        return answer.content[0].text


desk = Desk()
for guest in open("questions.txt").read().splitlines()[:5]:
    print(desk.reply(guest))
