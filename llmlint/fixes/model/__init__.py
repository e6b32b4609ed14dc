"""Codemods for models: the name where it is written, and what else has to change with it."""
