# expects: bill at most 0.51
"""Tasks in a list, awaited together."""

import asyncio

import anthropic


async def main() -> None:
    client = anthropic.AsyncAnthropic()
    cities = open("questions.txt").read().split()[:6]
    tasks = []
    for number, city in enumerate(cities):
        tasks.append(
            client.messages.create(
                model="claude-sonnet-5-5",
                max_tokens=70,
                messages=[{"role": "user", "content": f"{number}: what rhymes with {city}?"}],
            )
        )
    for city, message in zip(cities, await asyncio.gather(*tasks)):
        print(f"{city}: {message.content[0].text}")


asyncio.run(main())
