"""A paragraph for each line that changes next week. Runs on Fridays."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import anthropic


async def write_all(changes: list[dict]) -> list[str]:
    client = anthropic.AsyncAnthropic()
    messages = await asyncio.gather(
        *(
            client.messages.create(
                model="claude-sonnet-5-5",
                max_tokens=250,
                messages=[{"role": "user", "content": f"A paragraph of 70 words on {change['line']}:\n{change['text']}"}],
            )
            for change in changes
        )
    )
    return [message.content[0].text for message in messages]


def main(path: Path) -> list[str]:
    return asyncio.run(write_all(json.loads(path.read_text(encoding="utf-8"))))
