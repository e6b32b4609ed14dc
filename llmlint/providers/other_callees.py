"""What else a call may run that leads to an LLM call: providers of another kind behind the same method."""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmlint.link.calls.evaluator import evaluator_of
from llmlint.link.program.program import Program
from llmlint.link.values.values import Function
from llmlint.providers.below import requests_below
from llmlint.source import Span

_SENDS = re.compile(r"\.(?:post|request|urlopen)\(|\burlopen\(|\bollama\.|\bhttpx\.stream\(|\baiohttp\.")


def other_callee(program: Program, inner: Span, outer: Span) -> str | None:
    """The name of a function that a call `outer` may run in place of the one that holds `inner`, if none of its requests goes through a plain
    client of a vendor's own host: LLM calls of other SDKs and hosts, or requests by HTTP."""
    for function in _callees(program, outer):
        module, scope = function.module, function.module.scopes[function.scope]
        code = Span(module.path, scope.start, scope.end)
        if code.path == inner.path and code.start <= inner.start < code.end:
            continue
        owner = module.enclosing_class(function.scope)
        around = Span(module.path, owner.start, owner.end) if owner is not None else code
        requests = requests_below(program, code) or requests_below(program, around) or ()
        if (requests or _SENDS.search(program.code(around))) and not any(each.request.made_clients for each in requests):
            return f"{owner.name}.{scope.name}" if owner is not None else scope.name
    return None


def _callees(program: Program, at: Span) -> Iterator[Function]:
    module = program.module(at.path)
    evaluator = evaluator_of(program)
    for fact in module.fact_of_call.values() if module is not None else ():
        if module is not None and (fact.call.start, fact.call.end) == (at.start, at.end):
            place = evaluator.place(module, fact.scope, fact.block, fact.order)
            yield from (each for each in evaluator.evaluate(fact.call.func, place) if isinstance(each, Function))
