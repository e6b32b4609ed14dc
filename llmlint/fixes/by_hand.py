"""Why a fix is left to a person."""

from __future__ import annotations


class ByHand(Exception):
    """Raised where a codemod would change more than it may. Its text is a clause that goes behind "no fix is offered, as"."""
