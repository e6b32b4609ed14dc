"""Calls whose answer nobody reads: they warm the cache, or see whether a key, a model, a tool or the API works."""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.rules.answer_form import limit_of
from llmlint.scan.facts import Binding
from llmlint.source import Span

# What functions are called that see whether the API responds.
_PROBE = re.compile(
    r"(?:test|check|verify|validate)_(?:\w+_)?(?:connection|connectivity|api_key|credentials)|smoke_?test|health_?check|preflight|(?:^|_)ping(?:_|$)"
)

# What a response says of itself, beside the answer.
_NO_ANSWER = re.compile(r"\.(?:stop_reason|stop_sequence|usage|_request_id|model|created|role|type)\b")


def only_probes(call: Request) -> bool:
    """Whether a call sends a constant message, and lets its answer have one token, or a function on its path sees whether the API responds."""
    limit = limit_of(call)
    last = call.prompt.segments[-1] if call.prompt.segments else None
    is_warming = limit is not None and limit <= 1 and last is not None and last.kind == "message" and last.is_whole
    return is_warming or any(map(_PROBE.search, _functions(call)))


def reads_no_answer(call: Request) -> bool:
    """Whether a function reads of a response only how it ended, beside what it cost, and neither returns nor passes it on: it sees whether the API
    takes the request."""
    module, scope = call.place.module, call.place.module.scopes[call.place.point.scope]
    holder = module.holders.get(call.site)
    if not isinstance(holder, Binding) or holder.kind != "assign" or holder.path or scope.kind != "function":
        return False
    text = call.program.code(Span(module.path, scope.start, scope.end))
    uses = [text[match.end() :] for match in re.finditer(rf"(?<![\w.\"']){re.escape(holder.name)}\b", text)]
    read = [rest for rest in uses if not re.match(r"\s*(?::[^=\n]+)?=(?!=)", rest)]
    return all(map(_NO_ANSWER.match, read)) and not all(each.startswith(".usage") for each in read)


def _functions(call: Request) -> Iterator[str]:
    """The names of the functions around the call, and of those on its path to it."""
    yield from call.functions
    for step in call.steps:
        module = call.program.module(step.span.path)
        if module is not None:
            around = (each for each in module.scopes if each.start <= step.span.start < each.end)
            yield from (each.name for each in around if each.kind == "function")
