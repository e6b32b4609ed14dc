"""The tools of the desk, and what they do."""

from pathlib import Path

BOOK = Path(__file__).with_name("handbook.md").read_text(encoding="utf-8")

search = {
    "name": "search",
    "description": "Search the bookings of a customer. These are the rules for what you may tell and change:\n\n" + BOOK,
    "input_schema": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
}
close_case = {
    "name": "close_case",
    "description": "Close the case when the customer has what they need.",
    "input_schema": {"type": "object", "properties": {"reason": {"enum": ["solved", "handed over", "spam"]}}},
}
ALL = [search, close_case]
