"""The model is the default of a parameter."""

import asyncio

import anthropic

client = anthropic.AsyncAnthropic()


async def think(problem: str, model: str = "claude-opus-4-8") -> str:
    response = await client.messages.create(
        model=model,
        max_tokens=500,
        messages=[{"role": "user", "content": problem}],
    )
    return response.content[0].text


async def main() -> None:
    first, second = await asyncio.gather(think("Why do timetables drift?"), think("Prove that two trains meet."))
    print(first)
    print(second)


asyncio.run(main())
