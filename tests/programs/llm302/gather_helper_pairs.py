# expects: bill at most 0.5
"""The coroutine gives back the item with its answer."""

import asyncio

from anthropic import AsyncAnthropic

client = AsyncAnthropic()


async def check(link: str, limit: int = 20) -> tuple[str, str]:
    response = await client.messages.create(
        model="claude-haiku-5-5", max_tokens=limit, messages=[{"role": "user", "content": f"A shop? {link}"}]
    )
    text = response.content[0].text
    return link, text


async def main(links):
    results = dict(await asyncio.gather(*(check(link) for link in links)))
    for link, text in results.items():
        print(link, text)


asyncio.run(main(["a.example", "b.example", "c.example", "d.example"]))
