# expects: bill at most 0.5
"""What is made of the answer is a function of the file; the request is built by another one."""

import anthropic

client = anthropic.Anthropic()
TEMPLATE = """Rate this text.

<text>
{text}
</text>
Answer with one of: poor, fair, good."""


def prompt_for(text):
    return [{"role": "user", "content": TEMPLATE.format(text=text)}]


def grade(text, message):
    return {"text": text[:5], "grade": message.content[0].text.strip().lower()}


TEXTS = ["a fine day", "a bad day", "a long day", "a short day"] * 3
rows = [grade(text, client.messages.create(model="claude-haiku-5-5", max_tokens=5, messages=prompt_for(text))) for text in TEXTS]
print(*rows, sep="\n")
