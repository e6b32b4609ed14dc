# expects: bill at most 0.51
"""Many questions."""

import asyncio

from ask import ask


async def main():
    questions = open("questions.txt").read().splitlines()
    for answer in await asyncio.gather(*(ask(question) for question in questions)):
        print(answer)


asyncio.run(main())
