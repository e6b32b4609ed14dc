"""Settings for all programs."""

DEFAULTS = {
    "model": "claude-opus-5-5",
    "max_tokens": 256,
}
