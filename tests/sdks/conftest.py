"""The fixtures for small programs."""

from __future__ import annotations

from linked import link, link_outlines, values_of

__all__ = ["link", "link_outlines", "values_of"]
