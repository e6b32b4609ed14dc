"""The fan-outs that one fix rewrites: the nearest around a call, those over few items inside of it, and those that run its function again and again.

Each of them becomes a `batch_map`. The calls of all wait at the same time, and are sent as one batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import libcst as cst

from llmlint.callsite import Request
from llmlint.fixes.batch.calls import ItemCalls, calls_of_item
from llmlint.fixes.batch.checks import check_budget, code_of_fan_out
from llmlint.fixes.batch.client import is_async
from llmlint.fixes.batch.limits import check_time_limits
from llmlint.fixes.batch.serial import fan_outs_of, loops_above
from llmlint.fixes.edits.by_hand import NOT_FOLLOWED, SERIAL, ByHand
from llmlint.fixes.edits.style import has_lone_returns
from llmlint.fixes.edits.tree import Tree, tree_of
from llmlint.providers.below import Below
from llmlint.request_data import FanOut
from llmlint.source import Span

SERIAL_KINDS = frozenset({"loop", "comprehension", "map"})
# What an event loop can run inside of each other: all calls are in the outermost batch scope.
_AWAITED = frozenset({"gather", "task-group", "as_completed", "loop", "comprehension"})
# So many loops around each other, in several functions, are what somebody can still follow.
_MOST = 6
# As how many characters that are read each call of an item counts.
_READ_FOR_CALL = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """A fan-out on a call path of a request, the file in which it stands, and the calls of one of its items."""

    call: Request
    fan_out: FanOut
    tree: Tree
    item: ItemCalls


def levels_of(call: Request, fan_out: FanOut) -> tuple[tuple[Level, ...], list[str]]:
    """The fan-outs that a fix of one of them rewrites, and the places of loops that run it for few things. Raises `ByHand` where one of them cannot
    be part of a batch."""
    levels = _Levels()
    return tuple(levels.around(call, fan_out)), levels.rounds


@dataclass(frozen=True, slots=True)
class _Levels:
    found: dict[tuple[str, int], Level] = field(default_factory=dict)
    rounds: list[str] = field(default_factory=list)

    def around(self, call: Request, fan_out: FanOut) -> Iterator[Level]:
        """A level, and those that it needs."""
        key = fan_out.at.path, fan_out.at.start
        if key in self.found:
            return
        if len(self.found) >= _MOST:
            raise ByHand(SERIAL)
        level = self.found[key] = _level(call, fan_out)
        yield level
        node = code_of_fan_out(level.tree, fan_out.at)
        rounds = self.rounds if fan_out.is_concurrent else None
        for request, above in loops_above(call, level.tree, node, fan_out, rounds):
            self._check_is_serial(level, above)
            yield from self.around(request, above)
        if fan_out.kind in SERIAL_KINDS and not is_async(call):
            for request in level.item.requests:
                for each in fan_outs_of(request.fan_out) if request.fan_out is not None else ():
                    if each.kind in SERIAL_KINDS and _is_below(level, node, request, each):
                        _check_unawaited(request, each)
                        yield from self.around(request, each)

    def _check_is_serial(self, level: Level, above: FanOut) -> None:
        kinds = _AWAITED if is_async(level.call) else SERIAL_KINDS
        if not {level.fan_out.kind, above.kind} <= kinds:
            raise ByHand(SERIAL)


def _check_unawaited(request: Request, fan_out: FanOut) -> None:
    """See to it that nobody waits for a fan-out on another call path: a request handler that runs the loop for one item alone."""
    for each in request.siblings():
        if each.is_interactive and each.fan_out is not None and fan_out.at in {other.at for other in fan_outs_of(each.fan_out)}:
            line = request.program.source(fan_out.at.path).location(fan_out.at.start).line
            raise ByHand(f"somebody waits for the loop in {fan_out.at.path}:{line} on another call path")


def _is_below(level: Level, node: cst.CSTNode | None, request: Request, other: FanOut) -> bool:
    """Whether a fan-out on a call path of a request stands in a function that the items of a level call: loops in the code of its own items are
    rewritten together with it."""
    own = [each.spans for each in level.item.calls if each.request is request]
    if node is None or not own:
        return False
    tree = tree_of(request.program, other.at.path)
    inner = code_of_fan_out(tree, other.at) if tree is not None else None
    if tree is None or inner is None or tree.function_of(inner) is level.tree.function_of(node):
        return False
    start, end = tree.offsets.of(inner)
    return any(span.path == other.at.path and start <= span.start < end for spans in own for span in spans[:-1])


def _level(call: Request, fan_out: FanOut) -> Level:
    for each in (call, *call.siblings()):
        if each.fan_out is not None and each.fan_out.at == fan_out.at:
            check_time_limits(each.fan_out)
    check_time_limits(fan_out)
    tree = tree_of(call.program, fan_out.at.path)
    if tree is None or has_lone_returns(call.program.source(fan_out.at.path).text):
        raise ByHand(NOT_FOLLOWED)
    item = calls_in(tree, call, fan_out, code_of_fan_out(tree, fan_out.at), starts_of(fan_out))
    # Each of the calls has a fix of its own, which looks at all others.
    check_budget(call.program, fan_out.at.path, len({each.spans[0] for each in item.calls}) * _READ_FOR_CALL)
    for request in item.requests:
        if request.fan_out is not None:
            check_time_limits(request.fan_out)
        if request.sends_growing_history and request.has("tools"):
            raise ByHand(
                "an agent makes as many calls for an item as its model calls tools, and only the first would be in the batch"
            )
    return Level(call, fan_out, tree, item)


def starts_of(fan_out: FanOut) -> frozenset[int]:
    """Where a fan-out starts, and the loops around it that are rewritten with it."""
    return frozenset({fan_out.at.start, *(each.start for each in fan_out.outer)})


def calls_in(tree: Tree, call: Request, fan_out: FanOut, node: cst.CSTNode | None, starts: frozenset[int]) -> ItemCalls:
    """The calls of one item of a fan-out, whose code is given: those of all requests with a fan-out that starts at one of some offsets."""
    own = (call.span, *(each.span for each in call.steps))
    if node is None:
        return ItemCalls((Below(call, (call.span, *(each.span for each in fan_out.chain))),))
    start, end = tree.offsets.of(node)
    if isinstance(node, cst.For):
        start = tree.offsets.of(node.iter)[1]
    code = Span(tree.source.path, start, end)
    last = next(
        (index for index, span in enumerate(own) if span.path == code.path and start <= span.start and span.end <= end), None
    )
    if last is None:
        return ItemCalls((Below(call, (call.span, *(each.span for each in fan_out.chain))),))
    return calls_of_item(call, own[: last + 1], code, starts)
