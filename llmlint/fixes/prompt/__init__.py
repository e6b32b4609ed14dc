"""Codemods for prompts: cache breakpoints, cache keys, and the order of what is sent."""
