"""The mark is on the mail, which nobody sends twice."""

import asyncio

from anthropic import AsyncAnthropic

GUIDE = open("handbook.md", encoding="utf-8").read()


async def summarise(client: AsyncAnthropic, mail: str) -> str:
    response = await client.messages.create(
        model="claude-opus-5-5",
        max_tokens=90,
        system=[{"type": "text", "text": GUIDE}],
        messages=[
            {
                "role": "user",
                "content": [
                    {
                        "type": "text",
                        "text": mail,
                        "cache_control": {"type": "ephemeral"},
                    }
                ],
            }
        ],
    )
    return response.content[0].text


async def main() -> None:
    client = AsyncAnthropic()
    for number in range(4):
        print(
            number, await summarise(client, f"Mail {number}: the train to platform {number + 3} was {number * 17} minutes late.")
        )


if __name__ == "__main__":
    asyncio.run(main())
