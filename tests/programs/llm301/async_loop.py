# expects: bill at most 0.51
"""An async program that awaits each answer before it asks the next question."""

import asyncio
import sys

import anthropic


async def translate_all(client: anthropic.AsyncAnthropic, lines: list[str]) -> list[str]:
    results = []
    for line in lines:
        response = await client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=200,
            system="Translate into French.",
            messages=[{"role": "user", "content": line}],
        )
        results.append(response.content[0].text)
    return results


async def main(path: str) -> None:
    client = anthropic.AsyncAnthropic()
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    for text in await translate_all(client, lines):
        print(text)


asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "questions.txt"))
