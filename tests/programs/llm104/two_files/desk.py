"""Settings of the desk."""

from pathlib import Path

MODEL = "claude-sonnet-5-5"
RULES = Path(__file__).with_name("handbook.md").read_text(encoding="utf-8")
CACHE = {"type": "ephemeral"}
