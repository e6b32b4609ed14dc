"""Translates product texts through a helper."""

import anthropic

client = anthropic.Anthropic()


def translate(text: str, language: str) -> str:
    """The text in another language, and nothing else."""
    response = client.messages.create(
        model="claude-fable-5-2",
        max_tokens=100,
        system="Translate the text that you are given. Answer with the translation only, without notes.",
        messages=[{"role": "user", "content": f"Into {language}: {text}"}],
    )
    return response.content[0].text


def main(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        for line in file:
            print(translate(line.strip(), "Danish"))


main("questions.txt")
