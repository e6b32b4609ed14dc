"""What the model is told."""

from pathlib import Path

SYSTEM = Path(__file__).with_name("handbook.md").read_text(encoding="utf-8")
SHORT = "Answer in 12 words."
