# expects: bill at most 0.51
"""Loops that end by `break` at an item of their own choice, in a function and in a module, with results in a list and in a file."""

import json

from anthropic import Anthropic

client = Anthropic()
LIMIT = 3
with open("items.txt", "w", encoding="utf-8") as file:
    file.write("|".join(["A bee", "", "A fox", "A yew", "A cup", "END", "never"]))
with open("items.txt", encoding="utf-8") as file:
    texts = file.read().split("|")


def ask(text):
    message = client.messages.create(model="claude-haiku-5-5", max_tokens=90, messages=[{"role": "user", "content": text}])
    return message.content[0].text


def counted(tries):
    answers = []
    count = 0
    for text in texts:
        if not text:
            continue
        if tries:
            if count == LIMIT:
                break
            count += 1
        answers.append(ask(text))
    return answers


tried = 0
by_name = {}
for number, (name, text) in enumerate({each: each for each in texts if each}.items()):
    if number >= LIMIT or tried > 9:
        break

    print(name, number)
    by_name[name] = ask(text + "?")
    with open("answers.json", "w", encoding="utf-8") as file:
        json.dump(by_name, file)

marked = []
for text in filter(None, texts):
    if text == "END":
        break
    answer = ask(text + "!")
    marked.append(answer.strip())

print(counted(True), by_name, marked, sep="\n")
with open("answers.json", encoding="utf-8") as file:
    print(file.read())
