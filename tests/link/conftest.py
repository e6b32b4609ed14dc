"""The fixtures for small programs."""

from __future__ import annotations

from linked import link, values_of

__all__ = ["link", "values_of"]
