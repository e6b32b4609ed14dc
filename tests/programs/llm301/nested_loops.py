# expects: bill at most 0.5
"""A loop in a loop, of which both go over independent items: all calls are in one batch. A handler reads what its `try` has bound."""

import json

import anthropic

client = anthropic.Anthropic()
BOOKS = {"Tea": ["black", "green", "white", "mint", "red"], "Milk": ["cow", "oat", "goat", "rice", "sheep"]}


def chapters(books):
    found, good = {}, 0
    for title, pages in books.items():
        found[title] = {}
        for number, page in enumerate(pages):
            try:
                message = client.messages.create(
                    model="claude-haiku-5-5", max_tokens=30, messages=[{"role": "user", "content": f"{title}: {page}"}]
                )
                text = message.content[0].text
                found[title][page] = text
                good += 1
                json.loads(text)
            except json.JSONDecodeError:
                print("no JSON:", text, good)
            print(number, good)
        print(title, good)
    return found


print(chapters(BOOKS))
