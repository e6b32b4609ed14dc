"""Comments that suppress findings: what they hold, which statement they belong to, and which of them suppress nothing (LLM001)."""
