"""llmlint: finds what leaks money in calls of LLM APIs, and mends it."""

__version__ = "0.1.0"
