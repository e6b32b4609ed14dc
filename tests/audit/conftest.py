"""Calls and exports for the tests of the audit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

Write = Callable[..., str]

# More than 1,024 tokens, which Sonnet 5.5 and older models cache.
RULES = "Answer in one sentence, and name the booking that it is about. " * 100


def exchange(
    start: float,
    text: str,
    *,
    model: str = "claude-sonnet-5-5",
    system: str | None = RULES,
    seconds: float = 1.0,
    input: int = 2_100,
    read: int = 0,
    write: int = 0,
    output: int = 40,
    messages: list[dict[str, Any]] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """One line of a team's own log: request and response with their times."""
    request: dict[str, Any] = {"model": model, "max_tokens": 500, "messages": messages or [{"role": "user", "content": text}]}
    if system is not None:
        request["system"] = system
    return {
        "start_time": start,
        "end_time": start + seconds,
        "request": request,
        "response": {
            "model": model,
            "usage": {
                "input_tokens": input,
                "cache_read_input_tokens": read,
                "cache_creation_input_tokens": write,
                "output_tokens": output,
            },
        },
        **more,
    }


@pytest.fixture
def export(tmp_path: Path) -> Write:
    """Writes records as JSON lines and gives the path."""

    def write(records: Iterable[Any], name: str = "log.jsonl") -> str:
        path = tmp_path / name
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        return str(path)

    return write
