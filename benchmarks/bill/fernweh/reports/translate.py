"""Announcements in German, through the gateway."""

from __future__ import annotations

from fernweh.clients import gateway
from fernweh.prompts import GLOSSARY


def to_german(text: str) -> str:
    completion = gateway().chat.completions.create(
        model="claude-sonnet-5-5",
        max_tokens=300,
        messages=[
            {"role": "system", "content": GLOSSARY},
            {"role": "user", "content": text},
        ],
    )
    return completion.choices[0].message.content or ""
