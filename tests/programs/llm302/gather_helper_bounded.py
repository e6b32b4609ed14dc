# expects: bill at most 0.5
"""A module's own limit, and steps ahead of it."""

import asyncio

import anthropic

client = anthropic.AsyncAnthropic()
limit = asyncio.Semaphore(3)


async def describe(city, country):
    place = f"{city} in {country}"
    async with limit:
        reply = await client.messages.create(
            model="claude-haiku-5-5", max_tokens=30, messages=[{"role": "user", "content": f"Describe {place}."}]
        )
    return reply.content[0].text


async def main():
    cities = {"Graz": "Austria", "Lyon": "France", "Bari": "Italy", "Cork": "Ireland"}
    texts = await asyncio.gather(*(describe(city, country) for city, country in cities.items()))
    print(*texts, sep="\n")


asyncio.run(main())
