# expects: fails before with BadRequestError
"""Four marks and the top-level one."""

import asyncio

import anthropic


async def main() -> None:
    client = anthropic.AsyncAnthropic()
    reply = await client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=50,
        cache_control={"type": "ephemeral"},
        tools=[
            {"name": "a", "description": "A.", "input_schema": {"type": "object"}, "cache_control": {"type": "ephemeral"}},
            {"name": "b", "description": "B.", "input_schema": {"type": "object"}, "cache_control": {"type": "ephemeral"}},
        ],
        tool_choice={"type": "none"},
        system=[
            {"type": "text", "text": "One.", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": "Two.", "cache_control": {"type": "ephemeral"}},
        ],
        messages=[{"role": "user", "content": "Hello!"}],
    )
    print(reply.content[0].text)


asyncio.run(main())
