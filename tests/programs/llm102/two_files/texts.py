from pathlib import Path

RULES = Path(__file__).with_name("handbook.md").read_text(encoding="utf-8")
