# expects: bill at most 0.5
"""Items come from an async generator; each answer is awaited and then written by an async function."""

import asyncio

import anthropic

client = anthropic.AsyncAnthropic()
written = []


async def pages():
    for number in range(4):
        await asyncio.sleep(0)
        yield f"page {number}"


async def write(page, text):
    written.append(f"{page}: {text}")


async def main():
    async for page in pages():
        reply = await client.messages.create(
            model="claude-haiku-5-5", max_tokens=20, messages=[{"role": "user", "content": page}]
        )
        await write(page, reply.content[0].text)


asyncio.run(main())
print("\n".join(written))
