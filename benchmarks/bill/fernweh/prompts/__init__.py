"""Long prompts are text files, so that people who do not program can edit them."""

from pathlib import Path

_FOLDER = Path(__file__).parent

ARCHIVE_TAGS = (_FOLDER / "archive_tags.md").read_text(encoding="utf-8")
CHAT = (_FOLDER / "chat.md").read_text(encoding="utf-8")
HANDBOOK = (_FOLDER / "handbook.md").read_text(encoding="utf-8")
COMPENSATION = (_FOLDER / "compensation.md").read_text(encoding="utf-8")
CONTRACTS = (_FOLDER / "contracts.md").read_text(encoding="utf-8")
CREW_CODES = (_FOLDER / "crew_codes.md").read_text(encoding="utf-8")
GLOSSARY = (_FOLDER / "glossary.md").read_text(encoding="utf-8")
WAREHOUSE = (_FOLDER / "warehouse.sql").read_text(encoding="utf-8")
