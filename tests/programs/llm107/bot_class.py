# expects: fails before with BadRequestError
"""A bot whose blocks are an attribute."""

import anthropic


class Bot:
    def __init__(self):
        self.client = anthropic.Anthropic()
        self.blocks = [
            {"type": "text", "text": "Voice: warm.", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": "Length: short.", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": "Language: English.", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": "Topic: trains.", "cache_control": {"type": "ephemeral"}},
        ]

    def say(self, text):
        reply = self.client.messages.create(
            model="claude-opus-5-5",
            max_tokens=60,
            system=self.blocks,
            messages=[{"role": "user", "content": [{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}]}],
        )
        return reply.content[0].text


for line in open("questions.txt"):
    print(Bot().say(line))
