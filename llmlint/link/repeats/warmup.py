"""Whether the calls of a concurrent fan-out find a warm cache: how many start at once, and whether one has been made before."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.calls.llm_names import is_like_llm_call
from llmlint.link.calls.runners import tail_of
from llmlint.link.names.index import ModuleIndex
from llmlint.link.repeats import batch_paths
from llmlint.link.repeats.limits import limits, scope_around
from llmlint.link.values.place import Place
from llmlint.link.values.values import Function
from llmlint.request_data import FanOut
from llmlint.scan import expressions as ex
from llmlint.source import Span

# Kinds of fan-outs with workers, of which there are few.
_WITH_WORKERS = frozenset({"executor", "pool"})
# What the batching client of a batch fix is used through.
_BATCHES = ("batch_scope", "BatchExecutor")
# The function of the batching client that runs the items of a loop in threads.
_MAP = "batch_map"


def with_warmth(evaluator: Evaluator, place: Place, site: ex.Expr, fan_out: FanOut) -> FanOut:
    """A fan-out with its limits, `is_batched` and, where it is concurrent, `is_bounded` and `is_warmed`."""
    spans = [place.span(site), *(related.span for related in fan_out.chain)]
    found = limits(evaluator, spans, fan_out.at)
    is_batched = _is_batched(evaluator, spans, fan_out)
    if not fan_out.is_concurrent:
        return dataclasses.replace(fan_out, is_batched=is_batched, limits=found)
    is_bounded = fan_out.kind in _WITH_WORKERS or any(limit.kind != "time" for limit in found)
    is_warmed = _is_warmed(evaluator, spans, fan_out.at)
    return dataclasses.replace(fan_out, is_bounded=is_bounded, is_warmed=is_warmed, is_batched=is_batched, limits=found)


def with_limits(evaluator: Evaluator, place: Place, site: ex.Expr, fan_out: FanOut) -> FanOut:
    """A fan-out further up or inside of another, with its limits."""
    spans = [place.span(site), *(related.span for related in fan_out.chain)]
    return dataclasses.replace(fan_out, limits=limits(evaluator, spans, fan_out.at))


def _is_batched(evaluator: Evaluator, spans: list[Span], fan_out: FanOut) -> bool:
    """Whether the function of a fan-out sends its calls through the batching client, or the program sends them as a batch where it is asked
    to: `if use_batches: return self.by_batch(texts)`."""
    module = evaluator.program.module(fan_out.at.path)
    if module is None:
        return False
    scope = scope_around(module, fan_out.at)
    if _MAP in _functions_around(module, scope):
        return True
    if fan_out.is_concurrent and any(fact.scope == scope for tail in _BATCHES for fact in module.calls_by_tail.get(tail)):
        return True
    return batch_paths.has_batch_path(evaluator, spans, fan_out)


def _functions_around(module: ModuleIndex, scope: int | None) -> Iterator[str]:
    """The names of a function and of those that it is defined in."""
    while scope is not None:
        yield module.scopes[scope].name
        scope = module.scopes[scope].parent


def _is_warmed(evaluator: Evaluator, spans: list[Span], at: Span) -> bool:
    """Whether the function of the fan-out makes an LLM call, or calls one of the functions on the way to it, before the fan-out."""
    module = evaluator.program.module(at.path)
    if module is None:
        return False
    scope = scope_around(module, at)
    names = set(_names(evaluator, spans))
    for fact in module.calls_by_scope.get(scope):
        if fact.call.end > at.start:
            continue
        if tail_of(fact.call) in names or is_like_llm_call(fact.call):
            return True
        place = evaluator.place(module, fact.scope, fact.block, fact.order)
        for value in evaluator.evaluate(fact.call.func, place):
            if isinstance(value, Function) and any(
                is_like_llm_call(c.call) for c in value.module.calls_by_scope.get(value.scope)
            ):
                return True
    return False


def _names(evaluator: Evaluator, spans: list[Span]) -> Iterator[str]:
    """The functions around the call and around the calls that lead to it, as far as they have names."""
    for span in spans[:-1]:
        module = evaluator.program.module(span.path)
        scope = module.scopes[scope_around(module, span)] if module is not None else None
        if scope is not None and scope.kind == "function":
            yield scope.name
