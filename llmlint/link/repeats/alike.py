"""Calls that are written twice with the same arguments, as where a file shows what the second one reads from the cache."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict

from llmlint.link.names.effects import CHANGES
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import keys_in
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.scan import expressions as ex
from llmlint.scan.facts import CallFact
from llmlint.sdks.shape import OUTPUT_LIMITS
from llmlint.source import Span

# Arguments of a request that are no part of its prompt.
_SETTINGS = frozenset({*OUTPUT_LIMITS, "temperature", "top_p", "timeout", "stream", "metadata", "extra_headers"})
_ALIKE: Memo[int, dict[str, tuple[CallFact, ...]]] = Memo()


def is_written_again(program: Program, module: ModuleIndex, scope: int, call: ex.Expr) -> bool:
    """Whether a function makes a call again with the same arguments, which have the same values then."""
    fact = module.fact_of_call.get(call) if isinstance(call, ex.Call) else None
    if fact is None or not fact.call.args:
        return False
    alike = _ALIKE.get(module, scope, lambda: _by_arguments(program, module, scope))
    others = alike.get(_key(program, module, fact.call), ())
    if len(others) < 2 or _makes_calls(fact.call):
        return False
    at = bisect_left(others, fact.order, key=_order)
    # What changes an argument ahead of the next call does so ahead of those behind it, too.
    for side in (others[at + 1 :], reversed(others[:at])):
        for other in side:
            if not _are_alternatives(module, fact, other):
                if _changes_between(module, fact, other):
                    break
                return True
    return False


def _order(fact: CallFact) -> int:
    return fact.order


def _by_arguments(program: Program, module: ModuleIndex, scope: int) -> dict[str, tuple[CallFact, ...]]:
    found = defaultdict[str, list[CallFact]](list)
    for fact in module.calls_by_scope.get(scope):
        if fact.call.args:
            found[_key(program, module, fact.call)].append(fact)
    return {key: tuple(sorted(facts, key=_order)) for key, facts in found.items() if len(facts) > 1}


def _key(program: Program, module: ModuleIndex, call: ex.Call) -> str:
    arguments = [each for each in call.args if each.keyword not in _SETTINGS]
    func, *given = (program.code(Span(module.path, each.start, each.end)) for each in (call.func, *arguments))
    return "\n".join([func, *sorted("".join(each.split()) for each in given)])


def _are_alternatives(module: ModuleIndex, one: CallFact, other: CallFact) -> bool:
    """Whether two calls stand in branches of which only one runs."""
    taken = {block.group: block.id for block in module.block_path(one.block) if block.kind in ("if", "else", "case", "except")}
    return any(taken.get(block.group, block.id) != block.id for block in module.block_path(other.block))


def _makes_calls(call: ex.Call) -> bool:
    """Whether an argument is made by a call, which may give another value the next time."""
    return any(isinstance(node, ex.Call) and not _is_conversion(node) for each in call.args for node in ex.walk(each.value))


def _changes_between(module: ModuleIndex, one: CallFact, other: CallFact) -> bool:
    """Whether something that a call is passed changes between it and another one."""
    first, last = sorted((one.order, other.order))
    for name in {key.split(".")[0] for argument in one.call.args for key in keys_in(module, argument.value)}:
        if any(first < binding.order < last for binding in module.bindings(one.scope, name)):
            return True
        if any(first < store.order < last for store in module.stores_by_root.get((one.scope, name))):
            return True
        changing = (fact for fact in module.calls_by_root.get((one.scope, name)) if first < fact.order < last)
        if any(ex.last_name(fact.call.func) in CHANGES for fact in changing):
            return True
    return False


def _is_conversion(node: ex.Expr) -> bool:
    """`str(x)`: equal for equal values."""
    return not isinstance(node, ex.Call) or ex.dotted_name(node.func) in ("str", "repr", "list", "dict", "tuple", "int")
