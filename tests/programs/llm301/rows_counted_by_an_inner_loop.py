# expects: bill at most 0.51
"""A loop in a loop counts the rows that it has, writes them by the page, and goes on in its order."""

import anthropic

client = anthropic.Anthropic()
RECIPES = [("rye", 5, "A rye bread, number {}"), ("oat", 4, "An oat bread, number {}"), ("none", 0, ""), ("corn", 3, "A corn bread, number {}")]


def ask(text):
    message = client.messages.create(
        model="claude-haiku-4-5", max_tokens=50, messages=[{"role": "user", "content": f"Write a recipe: {text}"}]
    )
    return message.content[0].text


rows, sizes, page, pages = [], [], [], []


def bake():
    for name, count, prompt in RECIPES:
        print(f"{name}: {count}")
        for i in range(count):
            text = ask(prompt.format(i))
            if text:
                rows.append(text)
                print(len(rows), text)
            else:
                print("no", name, i)
        sizes.append(len(rows))


def bind():
    for name, count, prompt in RECIPES:
        for i in range(count):
            page.append(ask(prompt.format(i)))
        pages.append(" ".join([name, *page]))
        page.clear()


bake()
bind()
print(sizes, pages, sep="\n")
