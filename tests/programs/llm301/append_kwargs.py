# expects: bill at most 0.5
"""The request is a dict of its own for each item, on top of one that all share."""

import anthropic

client = anthropic.Anthropic()
COMMON = {"model": "claude-haiku-5-5", "max_tokens": 30}


def ask(questions):
    answers = []
    for number, question in enumerate(questions, 1):
        messages = [{"role": "user", "content": f"Question {number}"}]
        messages.append({"role": "assistant", "content": "Go on."})
        messages.append({"role": "user", "content": question})
        answers.append(client.messages.create(**COMMON, messages=messages).content[0].text)
    return answers


print(ask(["How far is the moon?", "How old is the sun?", "How deep is the sea?", "How high is the sky?"]))
