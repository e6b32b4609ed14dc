"""llmlint: finds wasted money in calls of LLM APIs, and fixes it."""

__version__ = "0.1.0"
