"""Blocks that are sent with each request."""

SYSTEM = [
    {"type": "text", "text": "You write for the customer magazine."},
    {"type": "text", "text": "Avoid superlatives.", "cache_control": {"type": "ephemeral"}},
]
