"""Second tries with another model: calls that a function makes only where the answer of an earlier, like call will not do."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.program.memo import Memo
from llmlint.link.values.guards import are_written_alike, tests_before
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block, CallFact


def tried_before(module: ModuleIndex, at: int) -> Iterator[ex.Expr]:
    """What earlier calls pass in the place of the argument at an offset, which belongs to a second try: `answer = ask(SMALL, text)`, and
    `if not is_good(answer): answer = ask(LARGE, text)`. A test of the first answer leads to the second try, and both send the same text."""
    scope = module.enclosing.function(at)
    module.lower_scope(scope)
    slots = _SLOTS.get(module, scope, lambda: sorted(_slots(module, scope), key=_start))
    index = bisect_right(slots, at, key=_start) - 1
    if index < 0 or at >= slots[index].end:
        return
    later, slot = slots[index].fact, slots[index].slot
    # First, as most calls have neither: to compare each call with all before it would take the square of their number.
    point = Point(later.scope, later.block, later.order)
    tests = [(test.order, _parts_of_test(module, test.expression)) for test in tests_before(module, point)]
    handlers = [block for block in module.block_path(later.block) if block.kind == "except"]
    bound = _names_bound(module, scope)
    if not handlers and not any(parts.calls or parts.names & bound for _, parts in tests):
        return
    alike = [fact for fact in _calls_of(module, scope, ex.dotted_name(later.call.func)) if fact.order < later.order]
    for earlier in alike[-_MOST_EARLIER:]:
        argument = _argument(earlier.call, slot)
        if argument is None or not _ask_alike(earlier.call, later.call, slot):
            continue
        if _depends_on_answer(module, earlier, later, tests, handlers):
            yield argument.value


# A second try stands near the first, and each call of a long function asks.
_MOST_EARLIER = 8
_BY_NAME: Memo[int, dict[str, list[CallFact]]] = Memo(holds_anywhere=True)
"""The calls of a function by what they call, in their order."""


def _calls_of(module: ModuleIndex, scope: int, name: str | None) -> list[CallFact]:
    return _BY_NAME.get(module, scope, lambda: _calls_by_name(module, scope)).get(name, []) if name is not None else []


def _calls_by_name(module: ModuleIndex, scope: int) -> dict[str, list[CallFact]]:
    found: dict[str, list[CallFact]] = {}
    for fact in module.calls_by_scope.get(scope):
        name = ex.dotted_name(fact.call.func)
        if name is not None:
            found.setdefault(name, []).append(fact)
    return found


class _Slot(NamedTuple):
    """An argument that is a name or constant: where it is, its call, and its keyword or position."""

    start: int
    end: int
    fact: CallFact
    slot: str | int


def _start(slot: _Slot) -> int:
    return slot.start


_SLOTS: Memo[int, list[_Slot]] = Memo(holds_anywhere=True)


def _slots(module: ModuleIndex, scope: int) -> Iterator[_Slot]:
    for fact in module.calls_by_scope.get(scope):
        for position, argument in enumerate(fact.call.args):
            value = argument.value
            if not argument.star and isinstance(value, (ex.Name, ex.Attribute, ex.Constant)):
                yield _Slot(value.start, value.end, fact, argument.keyword or position)


class _Parts(NamedTuple):
    """The names in an expression, and the places of the calls in it."""

    names: frozenset[str]
    calls: frozenset[tuple[int, int]]

    def has(self, names: set[str], call: tuple[int, int]) -> bool:
        return call in self.calls or not names.isdisjoint(self.names)


def _parts(expression: ex.Expr | None) -> _Parts:
    nodes = list(ex.walk(expression)) if expression is not None else []
    names = frozenset(node.id for node in nodes if isinstance(node, ex.Name))
    return _Parts(names, frozenset((node.start, node.end) for node in nodes if isinstance(node, ex.Call)))


def _parts_of_test(module: ModuleIndex, test: ex.Expr) -> _Parts:
    """Found once for all calls behind a test."""
    return _TESTED.get(module, (test.start, test.end), lambda: _parts(test))


_TESTED: Memo[tuple[int, int], _Parts] = Memo(holds_anywhere=True)
_NAMES: Memo[int, frozenset[str]] = Memo(holds_anywhere=True)
_BOUND: Memo[int, list[tuple[int, str, _Parts]]] = Memo(holds_anywhere=True)
"""What a function binds: order, name, and what is in the value."""
_CALLED: Memo[int, list[tuple[CallFact, _Parts]]] = Memo(holds_anywhere=True)
"""What is in each call of a function."""


def _names_bound(module: ModuleIndex, scope: int) -> frozenset[str]:
    return _NAMES.get(module, scope, lambda: frozenset(each.name for each in module.bindings_by_scope.get(scope)))


def _argument(call: ex.Call, slot: str | int) -> ex.Argument | None:
    return call.argument(slot) if isinstance(slot, str) else call.argument("", slot)


def _ask_alike(one: ex.Call, other: ex.Call, slot: str | int) -> bool:
    """Whether two calls go to one function with the same text; limits and the like may differ."""
    if (
        ex.dotted_name(one.func) is None
        or ex.dotted_name(one.func) != ex.dotted_name(other.func)
        or len(one.args) != len(other.args)
    ):
        return False
    has_text = False
    for position, argument in enumerate(other.args):
        at = argument.keyword or position
        match = _argument(one, at)
        if match is None or argument.star:
            return False
        if at == slot or (isinstance(argument.value, ex.Constant) and isinstance(match.value, ex.Constant)):
            continue
        if not are_written_alike(match.value, argument.value):
            return False
        has_text = True
    return has_text


def _depends_on_answer(
    module: ModuleIndex, earlier: CallFact, later: CallFact, tests: list[tuple[int, _Parts]], handlers: list[Block]
) -> bool:
    """Whether a test of what the earlier call answered, or an error from it, leads to the later one."""
    scope = earlier.scope
    call = (earlier.call.start, earlier.call.end)
    names: set[str] = set()
    bindings = module.bindings_by_scope.get(scope)
    for order, name, parts in _BOUND.get(
        module, scope, lambda: [(each.order, each.name, _parts(each.value)) for each in bindings]
    ):
        if earlier.order <= order < later.order and parts.has(names, call):
            names.add(name)
    if any(order > earlier.order and parts.has(names, call) for order, parts in tests):
        return True
    if not handlers:
        return False
    facts = module.calls_by_scope.get(scope)
    called = _CALLED.get(module, scope, lambda: [(fact, _parts(fact.call)) for fact in facts])
    used = [fact for fact, parts in called if parts.has(names, call)]
    return any(module.is_inside(fact.block, tried.id) for tried in tried_by(module, handlers) for fact in used)


def tried_by(module: ModuleIndex, handlers: list[Block]) -> Iterator[Block]:
    """The bodies of `try` statements whose errors some handlers catch."""
    for handler in handlers:
        before = [
            block
            for block in module.blocks_of(handler.scope)
            if block.kind == "try" and block.parent == handler.parent and block.last <= handler.first
        ]
        yield from before[-1:]
