# fixes: safe
"""An attribute that opens the prompt is empty at first and written anew for each guest."""

import anthropic

client = anthropic.Anthropic()
RULES = open("handbook.md").read()


class Porter:
    def __init__(self) -> None:
        self.guest = ""

    def welcome(self, guest: str) -> None:
        self.guest = guest
        self.speak()

    def speak(self) -> None:
        answer = client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=80,
            system=f"Before you stands: {self.guest}\n\n{RULES}",
            messages=[{"role": "user", "content": "Greet them."}],
        )
        print(answer.content[0].text)


porter = Porter()
for guest in ("a child with a dog", "two cyclists", "a choir", "a man with a harp", "the owner"):
    porter.welcome(guest)
