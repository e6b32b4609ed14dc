"""Two models from another file."""

import anthropic

import models

client = anthropic.Anthropic()


def draft(topic):
    message = client.messages.create(model=models.FAST, max_tokens=90, messages=[{"role": "user", "content": f"Draft: {topic}"}])
    return message.content[0].text


def polish(text):
    message = client.messages.create(
        model=models.STRONG, max_tokens=90, messages=[{"role": "user", "content": f"Polish: {text}"}]
    )
    return message.content[0].text


for topic in ("a greeting on board", "a goodbye"):
    print(polish(draft(topic)))
