# expects: bill at most 0.5
"""All at once over the client itself."""

import asyncio

import anthropic


async def main():
    client = anthropic.AsyncAnthropic()
    pages = ["tea", "coffee", "milk", "water", "juice"]
    answers = await asyncio.gather(
        *(
            client.messages.create(
                model="claude-haiku-5-5", max_tokens=30, messages=[{"role": "user", "content": f"About {page}"}]
            )
            for page in pages
        )
    )
    for page, answer in zip(pages, answers):
        print(page, answer.content[0].text)


asyncio.run(main())
