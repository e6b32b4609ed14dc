# expects: bill at most 0.51
"""Gathers in each other, below a loop that awaits one chapter after another, and below a comprehension."""

import asyncio

from openai import AsyncOpenAI

client = AsyncOpenAI()


def read():
    with open("books.txt", encoding="utf-8") as file:
        return {line.strip(): [line.split(), [line.lower().strip()]] for line in file}


with open("books.txt", "w", encoding="utf-8") as file:
    file.write("The bees\nOf yews\nSalt and sand\n")
books = read()


async def ask(text):
    response = await client.chat.completions.create(model="gpt-6-luna", messages=[{"role": "user", "content": text}])
    return response.choices[0].message.content[:30]


async def of_page(words):
    return await asyncio.gather(*(ask(word) for word in words))


async def of_book(name, pages):
    answers = await asyncio.gather(*(of_page(words) for words in pages))
    return name, answers


async def of_title(title, words):
    tasks = [ask(f"{title}: {word}?") for word in words]
    return await asyncio.gather(*tasks)


async def main():
    found = {}
    for name, pages in books.items():
        title, answers = await of_book(name, pages)
        found[title] = answers
    titles = [await of_title(title, sum(pages, [])) for title, pages in books.items()]
    return found, titles


found, titles = asyncio.run(main())
print(found, titles, sep="\n")
