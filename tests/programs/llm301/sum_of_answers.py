# expects: bill at most 0.5
"""`text += ask(page)`: the text is read behind the call. A count goes on beside it; each book has its own text."""

import anthropic

client = anthropic.Anthropic()
BOOKS = {"Rivers": ["source", "mouth"], "Roofs": ["slate", "straw", "tin"], "Rain": ["drops"], "Roads": ["stone"]}


def ask(page):
    message = client.messages.create(model="claude-haiku-5-5", max_tokens=20, messages=[{"role": "user", "content": page}])
    return message.content[0].text


def transcribe(pages):
    text = ""
    length = 0
    for page in pages:
        text += ask(page) + "\n"  # line by line
        length += len(
            page
        )
    return text, length


total = 0
for title, pages in BOOKS.items():
    text, length = transcribe(pages)
    total += length
    print(title, text, length)

everything = ""
for title in list(BOOKS) * 3:
    everything += f"{title}: {ask(title)}; "
print(everything, total)
