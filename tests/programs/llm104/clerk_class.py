"""A clerk with a marked block that ends with the name of the customer."""

import anthropic


class Clerk:
    """Answers in the name of the desk."""

    mark = {"type": "ephemeral"}

    def __init__(self):
        with open("handbook.md") as file:
            self.rules = file.read()
        self.client = anthropic.Anthropic()

    def reply(self, name, question):
        response = self.client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=120,
            system=[
                {"type": "text", "text": self.rules},
            ],
            messages=[
                {"role": "user", "content": [{"type": "text", "text": f"{name} asks: {question}", "cache_control": self.mark}]},
            ],
        )
        return response.content[0].text


clerk = Clerk()
for name, question in {"Ida": "When is breakfast?", "Jon": "Where do skis go?", "Kim": "Is my dog too big?"}.items():
    print(clerk.reply(name, question))
