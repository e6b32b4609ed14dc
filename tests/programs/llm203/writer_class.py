# options: --config thresholds.superseded-ratio=1
"""The model is set in the constructor."""

import anthropic


class Writer:
    def __init__(self) -> None:
        self.model = "claude-opus-4-8"
        self.client = anthropic.Anthropic()

    def write(self, topic: str) -> str:
        message = self.client.messages.create(
            model=self.model,
            max_tokens=3000,
            messages=[{"role": "user", "content": f"Plan an essay of 150 words on {topic}, step by step."}],
        )
        return message.content[0].text


print(Writer().write("the sound of rails"))
