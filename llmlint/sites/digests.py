"""Digests by which texts are compared and shown where they must not be printed."""

from __future__ import annotations

import hashlib


def digest_of(text: str) -> str:
    """The first 12 digits of a text's SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
