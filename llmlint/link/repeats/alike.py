"""Calls that are written twice with the same arguments, as where a file shows what the second one reads from the cache."""

from __future__ import annotations

from collections import defaultdict

from llmlint.link.names.effects import CHANGES
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import keys_in
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.scan import expressions as ex
from llmlint.scan.facts import CallFact
from llmlint.source import Span

# Arguments of a request that are no part of its prompt.
_SETTINGS = frozenset(
    {
        "max_tokens",
        "max_completion_tokens",
        "max_output_tokens",
        "temperature",
        "top_p",
        "timeout",
        "stream",
        "metadata",
        "extra_headers",
    }
)
_ALIKE: Memo[int, dict[str, tuple[CallFact, ...]]] = Memo()


def is_written_again(program: Program, module: ModuleIndex, scope: int, call: ex.Expr) -> bool:
    """Whether a function makes a call again with the same arguments, which have the same values then."""
    fact = module.fact_of_call.get(call) if isinstance(call, ex.Call) else None
    if fact is None or not fact.call.args:
        return False
    alike = _ALIKE.get(module, scope, lambda: _by_arguments(program, module, scope))
    others = alike.get(_key(program, module, fact.call), ())
    return any(_has_same_values(module, fact, other) for other in others if other is not fact)


def _by_arguments(program: Program, module: ModuleIndex, scope: int) -> dict[str, tuple[CallFact, ...]]:
    found = defaultdict[str, list[CallFact]](list)
    for fact in module.calls_by_scope.get(scope):
        if fact.call.args:
            found[_key(program, module, fact.call)].append(fact)
    return {key: tuple(facts) for key, facts in found.items() if len(facts) > 1}


def _key(program: Program, module: ModuleIndex, call: ex.Call) -> str:
    arguments = [each for each in call.args if each.keyword not in _SETTINGS]
    func, *given = (program.code(Span(module.path, each.start, each.end)) for each in (call.func, *arguments))
    return "\n".join([func, *sorted("".join(each.split()) for each in given)])


def _has_same_values(module: ModuleIndex, one: CallFact, other: CallFact) -> bool:
    """Whether both calls run, and nothing that they are passed changes in between."""
    taken = {block.group: block.id for block in module.block_path(one.block) if block.kind in ("if", "else", "case", "except")}
    if any(taken.get(block.group, block.id) != block.id for block in module.block_path(other.block)):
        return False
    if any(
        isinstance(node, ex.Call) for argument in one.call.args for node in ex.walk(argument.value) if not _is_conversion(node)
    ):
        return False
    first, last = sorted((one.order, other.order))
    for name in {key.split(".")[0] for argument in one.call.args for key in keys_in(module, argument.value)}:
        if any(first < binding.order < last for binding in module.bindings(one.scope, name)):
            return False
        if any(first < store.order < last for store in module.stores_by_root.get((one.scope, name))):
            return False
        changing = (fact for fact in module.calls_by_root.get((one.scope, name)) if first < fact.order < last)
        if any(ex.last_name(fact.call.func) in CHANGES for fact in changing):
            return False
    return True


def _is_conversion(node: ex.Expr) -> bool:
    """`str(x)`: equal for equal values."""
    return not isinstance(node, ex.Call) or ex.dotted_name(node.func) in ("str", "repr", "list", "dict", "tuple", "int")
