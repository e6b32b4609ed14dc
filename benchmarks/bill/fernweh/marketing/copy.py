"""Copy for the pages of cities, written while the editor looks on."""

from __future__ import annotations

import os

from fernweh.clients import claude

DEFAULT_MODEL = "claude-opus-4-8"


def city_page(city: str, facts: str, model: str | None = None) -> str:
    """A page about a city at the end of a line."""
    message = claude().messages.create(
        model=model or os.environ.get("FERNWEH_COPY_MODEL", DEFAULT_MODEL),
        max_tokens=400,
        system="You write marketing copy for the website of a night train company. Write product copy that is warm, short and true, in 80 words.",
        messages=[{"role": "user", "content": f"{city}. What we know:\n{facts}"}],
    )
    return "".join(block.text for block in message.content if block.type == "text")
