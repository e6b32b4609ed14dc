"""Whether a later call reads what a new cache breakpoint writes: a write costs 1.25 times the input price, and a single call reads nothing."""

from __future__ import annotations

import enum
from collections.abc import Sequence

from llmlint.callsite import Request
from llmlint.request_data import Segment

_LIFETIME = 300.0
# A dataframe goes through its rows one by one.
_SERIAL = frozenset({"map"})


class Rereads(enum.Enum):
    """`ALWAYS`: what each call path writes is read again. `SOMETIMES`: the source does not determine it for some of them. `NEVER`: none is."""

    ALWAYS = enum.auto()
    SOMETIMES = enum.auto()
    NEVER = enum.auto()


def rereads(call: Request, segment: Segment) -> Rereads:
    """Whether what a breakpoint on `segment` writes is read by another call of the same run, as far as the source determines that."""
    paths = [each for each in call.siblings() if not each.pace.is_test] or list(call.siblings())
    found = {_of_path(each, paths, segment) for each in paths}
    return found.pop() if len(found) == 1 else Rereads.SOMETIMES


def comes_too_late(call: Request) -> bool:
    """Whether on all call paths an entry of the cache has expired by the time that the next call comes, so that no breakpoint of five minutes
    saves anything."""
    return all(each.pace.pause >= _LIFETIME for each in call.siblings())


def _of_path(call: Request, paths: Sequence[Request], segment: Segment) -> Rereads:
    if call.pace.pause >= _LIFETIME:
        return Rereads.NEVER
    pace, fan_out = call.pace, call.fan_out
    count = len({each.spelling for each in call.models}) + (not all(each.is_only for each in call.models))
    if pace.iterations is not None and 1 < pace.iterations <= count:
        return Rereads.SOMETIMES  # Each model has a cache of its own.
    if pace.may_pause or pace.may_stop or (pace.is_remembered and fan_out is None):
        return Rereads.SOMETIMES if not pace.is_single else Rereads.NEVER
    is_single = pace.is_single or pace.iterations == 1
    if fan_out is not None and not is_single:
        if not fan_out.is_concurrent or fan_out.is_warmed or fan_out.kind in _SERIAL:
            return Rereads.ALWAYS
        # Calls that start together all write, in a pool those that start first: only as a batch behind one call do they read.
        return Rereads.SOMETIMES
    if not is_single:
        return Rereads.ALWAYS
    text, way = _text_up_to(call, segment), [step.span for step in call.steps]
    is_shared = any(
        other is not call
        and [step.span for step in other.steps] != way
        and call.pace.may_share_a_run(other.pace)
        and _text_up_to(other, segment) == text
        for other in paths
    )
    if is_shared:
        return Rereads.ALWAYS
    # A function with parameters is there for other callers, too, and a cell of a notebook is run by hand.
    return Rereads.NEVER if call.runs_once and not call.span.path.endswith(".ipynb") else Rereads.SOMETIMES


def _text_up_to(call: Request, segment: Segment) -> tuple[str, ...]:
    """What a request sends up to the place where a segment of one of its siblings is written."""
    texts: list[str] = []
    for each in call.prompt.segments:
        texts.append(each.text)
        if (each.value_at, each.block_at) == (segment.value_at, segment.block_at):
            break
    return tuple(texts)
