"""Which model does what."""

MODELS = {
    "extract": "claude-opus-5-5",
    "chat": "claude-sonnet-5-5",
}
