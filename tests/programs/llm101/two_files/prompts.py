"""Prompts of the desk."""

from pathlib import Path

_FOLDER = Path(__file__).parent

DESK = "You answer for the support desk. Follow the handbook to the letter.\n\n" + (_FOLDER / "handbook.md").read_text(
    encoding="utf-8"
)
EXAMPLES = [
    "Is there a shower on the train?",
    "What does the dog cost?",
    "I lost my umbrella on NJ 40491.",
]
