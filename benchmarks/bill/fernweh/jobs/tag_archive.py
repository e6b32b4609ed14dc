"""Tags for old letters, a few threads at a time. Runs on Sundays until the archive is done."""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anthropic

from fernweh.prompts import ARCHIVE_TAGS

client = anthropic.Anthropic()


def tag_letter(text: str) -> str:
    message = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=40,
        system=ARCHIVE_TAGS,
        messages=[{"role": "user", "content": text}],
    )
    return message.content[0].text


def main(source: Path) -> list[tuple[str, str]]:
    with source.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with ThreadPoolExecutor(max_workers=4) as pool:
        tags = list(pool.map(tag_letter, [row["letter"] for row in rows]))
    return [(row["id"], tag) for row, tag in zip(rows, tags)]
