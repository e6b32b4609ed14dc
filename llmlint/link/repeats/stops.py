"""Whether the first call may be the last though a loop stands around it: its response ends the loop, or is kept for later iterations."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import takewhile

from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.names.keys import keys_in
from llmlint.link.names.nodes import nodes_of
from llmlint.link.program.memo import Memo
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block, CallFact

# Calls that may take but a few of the items of what they are given.
_TAKES_FEW = frozenset({"next", "any", "all", "islice", "takewhile", "first"})
# Decorators of functions that run once for equal arguments.
_REMEMBERS = frozenset({"cache", "lru_cache", "cached", "memoize", "memoized", "alru_cache", "cached_property", "cache_data"})

# By function: each of its calls asks for them.
_OPTIONAL: Memo[int, tuple[list[int], list[int]]] = Memo(holds_anywhere=True)
_FILTERED: Memo[int, tuple[ex.Comprehension, ...]] = Memo(holds_anywhere=True)
_TAKING: Memo[int, tuple[ex.Call, ...]] = Memo(holds_anywhere=True)


def may_stop(module: ModuleIndex, point: Point | CallFact) -> bool:
    """Whether a `while` loop around a place tests a flag that is bound behind it, or an `if` around it tests a name that is bound in its
    branch (`while not done`, `if intro is None`), or something goes over a generator that need not come to its end: `next(ask(x) for x in …)`."""
    if _is_left_early(module, point):
        return True
    for block in module.block_path(point.block):
        if block.kind == "while" and block.head is not None and _binds(module, block, point, _names(module, block.head)):
            return True
        if block.kind == "if" and block.head is not None and _is_for_one_value(block.head):
            if _binds(module, block, point, _names(module, block.head)) and module.loops(block.parent or 0):
                return True
    return False


def may_end(module: ModuleIndex, point: Point | CallFact) -> bool:
    """Whether the innermost loop around a place may be left behind it under a condition, as an agent's is once it has its answer."""
    loop = next(iter(module.loops(point.block)), None)
    return loop is not None and loop.kind != "comprehension" and is_left_behind(module, loop, point)


def is_left_behind(module: ModuleIndex, loop: Block, point: Point | CallFact) -> bool:
    """Whether a loop has a `break` or `return` behind a place in it."""
    return any(
        leave.kind in ("break", "return") and point.order < leave.order <= loop.last
        for leave in module.exits_by_scope.get(point.scope)
    )


def may_be_skipped(module: ModuleIndex, point: Point | CallFact) -> bool:
    """Whether iterations of the innermost loop around a place may pass it by: it stands under a condition, or behind a `continue`."""
    loop = next(iter(module.loops(point.block)), None)
    if loop is None:
        return False
    if loop.kind == "comprehension":
        filtered = _FILTERED.get(module, point.scope, lambda: tuple(_filtered(module, point.scope)))
        return any(_covers(node, loop) for node in filtered)
    inside = takewhile(lambda block: block.id != loop.id, module.block_path(point.block))
    if any(block.kind in ("if", "else", "case", "except") for block in inside):
        return True
    return any(
        leave.kind == "continue" and loop.first <= leave.order < point.order for leave in module.exits_by_scope.get(point.scope)
    )


def may_be_left_out(module: ModuleIndex, scope: int, call: ex.Expr) -> bool:
    """Whether a call is a part of an expression that is not always evaluated: `a or ask()`, `x if y else ask()`."""
    starts, ends = _OPTIONAL.get(module, scope, lambda: _optional(module, scope))
    last = bisect_right(starts, call.start) - 1
    return last >= 0 and call.end <= ends[last]


def _optional(module: ModuleIndex, scope: int) -> tuple[list[int], list[int]]:
    """Where the outermost parts of expressions that are not always evaluated start and end, in the order of the source."""
    spans: set[tuple[int, int]] = set()
    for node in nodes_of(module, scope):
        optional: tuple[ex.Expr, ...] = ()
        if isinstance(node, ex.Conditional):
            optional = (node.body, node.orelse)
        elif isinstance(node, ex.Operation) and node.operator in ("and", "or"):
            optional = node.operands[1:]
        spans |= {(each.start, each.end) for each in optional}
    starts: list[int] = []
    ends: list[int] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not ends or end > ends[-1]:
            starts.append(start)
            ends.append(end)
    return starts, ends


def _filtered(module: ModuleIndex, scope: int) -> Iterator[ex.Comprehension]:
    """The comprehensions of a function that have a condition."""
    return (node for node in nodes_of(module, scope) if isinstance(node, ex.Comprehension) and node.conditions)


def _covers(outer: ex.Expr, inner: ex.Expr | Block) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _is_left_early(module: ModuleIndex, point: Point | CallFact) -> bool:
    """Whether a generator around a place, or the `map` that a place is, is passed to something that may take its first item alone."""
    loop = next(iter(module.loops(point.block)), None)
    lazy: ex.Expr | Block | None = loop if loop is not None and loop.kind == "comprehension" else None
    if loop is None and isinstance(point, CallFact) and ex.last_name(point.call.func) == "map":
        lazy = point.call
    if lazy is None:
        return False
    calls = module.calls_by_scope.get(point.scope)
    taking = _TAKING.get(
        module, point.scope, lambda: tuple(fact.call for fact in calls if ex.last_name(fact.call.func) in _TAKES_FEW)
    )
    return any(_covers(call, lazy) and call is not lazy for call in taking)


def is_remembered(module: ModuleIndex, point: Point | CallFact) -> bool:
    """Whether the function of a place, or an `if` around the place, keeps its result by its arguments: `@cache`, `if key not in answers`."""
    decorators = module.scopes[point.scope].decorators
    if any(ex.last_name(each.func if isinstance(each, ex.Call) else each) in _REMEMBERS for each in decorators):
        return True
    for block in module.block_path(point.block):
        if block.kind == "if" and block.head is not None and not _is_for_one_value(block.head):
            names = {key.split(".")[-1] for key in keys_in(module, block.head)}
            stores = (
                store.target
                for store in module.facts.stores
                if block.first <= store.order <= block.last and isinstance(store.target, ex.Subscript)
            )
            if any((ex.dotted_name(target.value) or "").split(".")[-1] in names for target in stores):
                return True
    return False


def _names(module: ModuleIndex, head: ex.Expr) -> set[str]:
    return {key.split(".")[0] for key in keys_in(module, head)}


def _is_for_one_value(head: ex.Expr) -> bool:
    """Whether a test is of a name, and not of a key in a container: `x is None`, `not x`."""
    return not any(isinstance(node, ex.Operation) and node.operator in ("in", "not in") for node in ex.walk(head))


def _binds(module: ModuleIndex, block: Block, point: Point | CallFact, names: set[str]) -> bool:
    """Whether a block binds one of some names anew, at a place or behind it; a counter that goes up does not count."""
    return any(
        binding.kind not in ("augment", "for") and binding.scope == point.scope and point.order <= binding.order <= block.last
        for name in sorted(names)
        for binding in module.bindings(point.scope, name)
    )
