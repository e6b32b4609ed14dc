"""Take pictures of what the commands print on terminals of 80 and 140 columns, to look at them: `python scripts/terminal_pictures.py FOLDER`.

The commands run in a pseudo-terminal, on a copy of fixtures/demo with requests of a day, so that colours and line breaks are those that a user
sees. Needs Chromium and rich (`pip install rich`). A line that is longer than its terminal is wide is named, as the terminal breaks it.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

WIDTHS = (80, 140)
COMMANDS = {
    "help": ("--help",),
    "check": (),
    "check-verbose": ("-v",),
    "check-full": ("--output-format", "full"),
    "check-concise": ("--output-format", "concise"),
    "check-statistics": ("--statistics",),
    "check-audit": ("check", "--audit", "requests.jsonl"),
    "diff": ("--diff", "--unsafe-fixes", "--show-fixes"),
    "diff-safe": ("--diff",),
    "fix": ("--fix", "--unsafe-fixes", "--show-fixes"),
    "settings": ("--show-settings",),
    "files": ("--show-files",),
    "wrong-option": ("--select", "LLM9999"),
    "sites": ("sites",),
    "sites-audit": ("sites", "--audit", "requests.jsonl"),
    "audit": ("audit", "requests.jsonl"),
    "audit-replay": ("audit", "--source", ".", "--replay", "requests.jsonl"),
    "rule": ("rule", "LLM101"),
    "rules": ("rule",),
    "config": ("config",),
    "config-key": ("config", "thresholds"),
    "catalog": ("catalog",),
    "baseline": ("baseline",),
    "clean": ("clean",),
    "check-clean": ("check", "--select", "LLM109"),
}


def main() -> int:
    from pseudo_terminal import on_terminal

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None or len(sys.argv) != 2:
        print((__doc__ or "").strip(), file=sys.stderr)
        return 2
    target = Path(sys.argv[1]).resolve()
    target.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
    for width in WIDTHS:
        for name, arguments in COMMANDS.items():
            with tempfile.TemporaryDirectory() as folder:
                make_project(Path(folder))
                shown = on_terminal(Path(folder), width, arguments, environment)
            take(chromium, shown, f"llmlint {' '.join(arguments)}", width, target / f"{name}-{width}.png")
    return 0


def make_project(folder: Path) -> None:
    shutil.copytree(ROOT / "fixtures" / "demo", folder, dirs_exist_ok=True)
    (folder / ".git").mkdir()
    values: dict[str, str] = {}
    exec(Path(folder, "prompts.py").read_text(encoding="utf-8"), values)
    with Path(folder, "requests.jsonl").open("w", encoding="utf-8") as log:
        for minute in range(120):
            text = f"Ticket {minute}: where is my berth?"
            request = {
                "model": "claude-opus-5-5",
                "max_tokens": 300,
                "system": values["TRIAGE_PROMPT"],
                "messages": [{"role": "user", "content": text}],
            }
            usage = {"input_tokens": 1800, "output_tokens": 60, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0}
            response = {"id": f"msg_{minute}", "type": "message", "model": "claude-opus-5-5", "usage": usage}
            at = f"2026-11-20T{8 + minute // 60:02}:{minute % 60:02}:00Z"
            log.write(json.dumps({"timestamp": at, "request": request, "response": response}) + "\n")


def take(chromium: str, shown: str, title: str, width: int, picture: Path) -> None:
    """Draw the output as a terminal does, and name the lines that are too long for it."""
    import rich.console
    import rich.text

    text = rich.text.Text.from_ansi(shown, no_wrap=True)
    for line in text.plain.splitlines():
        if len(line) > width:
            print(f"{picture.name}: {len(line)} columns: {line[:100]}")
    console = rich.console.Console(record=True, width=width, file=io.StringIO(), color_system="truecolor", force_terminal=True)
    console.print(rich.text.Text.from_ansi(shown))
    page = picture.with_suffix(".html")
    page.write_text(console.export_svg(title=title), encoding="utf-8")
    lines = len(text.plain.splitlines()) + shown.count("\n") // 20 + 6
    size = f"{width * 13 + 40},{min(int(lines * 25), 16000)}"
    command = [
        chromium,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        f"--window-size={size}",
        f"--screenshot={picture}",
    ]
    subprocess.run([*command, page.as_uri()], check=True, capture_output=True)
    page.unlink()


if __name__ == "__main__":
    sys.exit(main())
