# expects: same bill
"""A class with a mark on a short prompt."""

import anthropic


class Guide:
    prompt = "You guide visitors through a railway museum. Be cheerful, be short, and mention one number."

    def __init__(self):
        self.client = anthropic.Anthropic()

    def explain(self, thing):
        message = self.client.messages.create(
            model="claude-opus-5-5",
            max_tokens=60,
            system=[{"type": "text", "text": self.prompt, "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": thing}],
        )
        return message.content[0].text


for line in open("questions.txt"):
    print(Guide().explain(line))
