"""Typed answers: `messages.parse` has no top-level mark."""

import anthropic
from pydantic import BaseModel


class Move(BaseModel):
    chapter: str
    is_done: bool
    note: str


client = anthropic.Anthropic()
messages = [{"role": "user", "content": "Go through this, one chapter at a time:\n\n" + open("handbook.md").read()}]
for _ in range(4):
    parsed = client.messages.parse(
        model="claude-sonnet-5-5",
        max_tokens=200,
        messages=messages,
        output_format=Move,
    )
    move = parsed.parsed_output
    print(move.chapter, move.is_done, move.note)
    messages.append({"role": "assistant", "content": move.model_dump_json()})
    messages.append({"role": "user", "content": "Next."})
