# expects: bill at most 0.51
"""The request is a dict with a part for each item."""

import anthropic

SETTINGS = {"model": "claude-sonnet-5-5", "max_tokens": 64, "system": "Rewrite the sentence as a headline."}


def headlines(sentences):
    client = anthropic.Anthropic()
    found = []
    for sentence in sentences:
        request = {**SETTINGS, "messages": [{"role": "user", "content": sentence}]}
        response = client.messages.create(**request)
        found.append(response.content[0].text)
    return found


with open("questions.txt") as file:
    print("\n".join(headlines(file.readlines())))
