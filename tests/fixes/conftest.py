"""The fixtures for small programs."""

from __future__ import annotations

from linked import link

__all__ = ["link"]
