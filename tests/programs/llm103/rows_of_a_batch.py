# expects: bill at most 0.7
"""Twelve letters in one batch, each with the same large tool, by the asynchronous client: the tool is written to the cache ahead of it."""

import asyncio

import anthropic
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
from anthropic.types.messages.batch_create_params import Request

client = anthropic.AsyncAnthropic()
FILE_LETTER = {
    "name": "file_letter",
    "description": open("handbook.md", encoding="utf-8").read(),
    "input_schema": {"type": "object", "properties": {"train": {"type": "string"}}, "required": ["train"]},
}
LETTERS = [
    f"{what} on the train to {where}."
    for what in ("I lost a hat", "It was cold", "All was well")
    for where in ("Linz", "Graz", "Bonn", "Rome")
]


async def submit(letters):
    rows = [
        Request(
            custom_id=f"letter-{number:02}",
            params=MessageCreateParamsNonStreaming(
                model="claude-sonnet-5-5",
                max_tokens=80,
                tools=[FILE_LETTER],
                messages=[{"role": "user", "content": letter}],
            ),
        )
        for number, letter in enumerate(letters)
    ]
    return await client.messages.batches.create(requests=rows)


async def main():
    batch = await submit(LETTERS)
    while batch.processing_status != "ended":
        await asyncio.sleep(0.01)
        batch = await client.messages.batches.retrieve(batch.id)
    answers = {}
    async for row in await client.messages.batches.results(batch.id):
        answers[row.custom_id] = [block.text if block.type == "text" else block.input for block in row.result.message.content]
    for name in sorted(answers):
        print(name, answers[name])


asyncio.run(main())
