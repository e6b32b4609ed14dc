"""Calls whose answer nobody reads: they warm the cache, or see whether a key, a model or the API works."""

from __future__ import annotations

from llmlint.callsite import Request
from llmlint.rules.answer_form import limit_of

# A message of so many characters holds no text to work on: `ping`, `Reply with OK`.
_FEW_WORDS = 30
# So few tokens are no answer that somebody reads, unless it is a label.
_CUT = 8


def only_probes(call: Request) -> bool:
    """Whether the message of a call is a few constant words, or any constant text where no answer is asked for, and its answer is cut."""
    limit = limit_of(call)
    if limit is None or limit > _CUT:
        return False
    last = call.prompt.segments[-1] if call.prompt.segments else None
    is_constant = last is not None and last.kind == "message" and last.is_whole
    return last is not None and is_constant and (limit <= 1 or len(last.text) <= _FEW_WORDS)
