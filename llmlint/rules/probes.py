"""Calls whose answer nobody reads: they warm the cache, or see whether a key, a model or the API works."""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.rules.answer_form import limit_of

# What functions are called that see whether the API responds.
_PROBE = re.compile(
    r"(?:test|check|verify|validate)_(?:\w+_)?(?:connection|connectivity|api_key|credentials)|smoke_?test|health_?check|preflight|(?:^|_)ping(?:_|$)"
)


def only_probes(call: Request) -> bool:
    """Whether a call sends a constant message, and lets its answer have one token, or a function on its path sees whether the API responds."""
    limit = limit_of(call)
    last = call.prompt.segments[-1] if call.prompt.segments else None
    is_warming = limit is not None and limit <= 1 and last is not None and last.kind == "message" and last.is_whole
    return is_warming or any(map(_PROBE.search, _functions(call)))


def _functions(call: Request) -> Iterator[str]:
    """The names of the functions around the call, and of those on its path to it."""
    yield from call.functions
    for step in call.steps:
        module = call.program.module(step.span.path)
        if module is not None:
            around = (each for each in module.scopes if each.start <= step.span.start < each.end)
            yield from (each.name for each in around if each.kind == "function")
