# expects: bill at most 0.51
"""A tagger that goes through a folder of texts."""

import anthropic


class Tagger:
    def __init__(self, model: str = "claude-haiku-5-5") -> None:
        self.client = anthropic.Anthropic()
        self.model = model

    def tag(self, texts: list[str]) -> dict[str, str]:
        tags = {}
        for text in texts:
            answer = self.client.messages.create(
                model=self.model,
                max_tokens=20,
                messages=[{"role": "user", "content": "Three tags for: " + text}],
            )
            tags[text] = answer.content[0].text
        return tags


if __name__ == "__main__":
    with open("questions.txt", encoding="utf-8") as lines:
        for text, tags in Tagger().tag([line.strip() for line in lines]).items():
            print(f"{tags}: {text}")
