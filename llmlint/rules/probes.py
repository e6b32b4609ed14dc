"""Calls whose answer nobody reads: they warm the cache, or see whether a key, a model or the API works."""

from __future__ import annotations

from llmlint.callsite import Request
from llmlint.rules.answer_form import limit_of


def only_probes(call: Request) -> bool:
    """Whether a call sends a constant message, and lets its answer have one token: no answer is asked for."""
    limit = limit_of(call)
    last = call.prompt.segments[-1] if call.prompt.segments else None
    return limit is not None and limit <= 1 and last is not None and last.kind == "message" and last.is_whole
