# expects: bill at most 0.5
"""Writes each answer beside the file that it is about."""

from pathlib import Path

import anthropic

client = anthropic.Anthropic()
folder = Path("minutes")
folder.mkdir()
for day in ("mon", "tue", "wed", "thu"):
    (folder / f"{day}.txt").write_text(f"We met on {day} and talked about the roof.")

for path in sorted(folder.glob("*.txt")):
    text = path.read_text()
    request = {"model": "claude-haiku-5-5", "max_tokens": 40}
    request["messages"] = [{"role": "user", "content": "Decisions only:\n" + text}]
    response = client.messages.create(**request)
    path.with_suffix(".md").write_text(response.content[0].text)

for path in sorted(folder.iterdir()):
    print(path.name, path.read_text())
