FAST = "claude-haiku-4-5"
STRONG = "claude-opus-5"
