"""A summary of each train report of the day, for the morning meeting. Runs at 03:00."""

from __future__ import annotations

from pathlib import Path

from fernweh import settings
from fernweh.clients import claude
from fernweh.prompts import CREW_CODES


def main(folder: Path) -> list[str]:
    client = claude()
    lines = []
    for path in sorted(folder.glob("*.txt")):
        report = path.read_text(encoding="utf-8")
        message = client.messages.create(
            model=settings.MODELS["nightly"],
            max_tokens=300,
            system=CREW_CODES,
            messages=[{"role": "user", "content": report}],
        )
        lines.append(f"{path.stem}: {message.content[0].text}")
    return lines
