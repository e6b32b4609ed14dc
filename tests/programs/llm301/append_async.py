# expects: bill at most 0.5
"""An async loop that awaits each answer."""

import asyncio

from anthropic import AsyncAnthropic


async def describe(client: AsyncAnthropic, cities):
    lines = []
    for city in cities:
        reply = await client.messages.create(
            model="claude-haiku-5-5", max_tokens=40, messages=[{"role": "user", "content": f"Describe {city}."}]
        )
        text = reply.content[0].text
        lines.append(f"{city}: {text}")
    return lines


async def main():
    async with AsyncAnthropic() as client:
        for line in await describe(client, (city for city in ("Graz", "Linz", "Wels", "Steyr"))):
            print(line)


asyncio.run(main())
