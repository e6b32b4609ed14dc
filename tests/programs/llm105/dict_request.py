"""The settings are in a dict, the history in a list beside it."""

import anthropic

client = anthropic.Anthropic()
settings = {"model": "claude-sonnet-5-5", "max_tokens": 150}
document = open("handbook.md").read()


def talk(questions):
    history = []
    for number, question in enumerate(questions):
        text = f"{document}\n\n{question}" if number == 0 else question
        history.append({"role": "user", "content": text})
        response = client.messages.create(messages=history, **settings)
        history.append({"role": "assistant", "content": response.content})
        yield response.content[0].text


for answer in talk(["What is chapter one about?", "And two?", "Which one is the longest?", "Is there a contradiction?"]):
    print(answer)
