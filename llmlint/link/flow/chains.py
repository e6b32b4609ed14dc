"""Whether what a call sends is made from a chain of answers: another call of the loop takes, in each iteration, what it was answered in the
iteration before, and this one asks about the answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llmlint.link.flow.dependence import LoopFlow
from llmlint.link.flow.state import read_keys
from llmlint.link.names.index import ModuleIndex
from llmlint.scan import expressions as ex
from llmlint.scan.facts import CallFact
from llmlint.sdks import telling_paths

_DEEPEST = 2


def follows_chain(flow: LoopFlow, sent: Sequence[ex.Expr], functions: frozenset[str]) -> bool:
    """Whether a loop's call, whose flow this is, sends something made from the answer of an earlier call of the iteration that is part of a chain.
    `functions` are the names of those that lead from the call to its LLM call: what else calls them makes an LLM call, too."""
    module, loop = flow.module, flow.loop
    read: set[str] | None = None
    for fact in _earlier_calls(flow):
        if not _asks(module, fact.call, functions, 0):
            continue
        read = read_keys(module, flow.scope, sent, flow.order) if read is None else read
        earlier = LoopFlow(module, loop, fact.call, fact.order, flow.scope)
        is_about_answer = bool(read & earlier.answers) or any(node is fact.call for each in sent for node in ex.walk(each))
        if is_about_answer and earlier.is_carried([argument.value for argument in fact.call.args]):
            return True
    return False


def _earlier_calls(flow: LoopFlow) -> Iterator[CallFact]:
    for fact in flow.module.calls_by_scope.get(flow.scope):
        if flow.loop.first < fact.order < flow.order and fact.call is not flow.source and fact.call.args:
            yield fact


def _asks(module: ModuleIndex, call: ex.Call, functions: frozenset[str], depth: int) -> bool:
    """Whether a call is an LLM call, by its name, or leads to one through functions of the module."""
    name = ex.last_name(call.func) or ""
    resource = ex.last_name(call.func.value) if isinstance(call.func, ex.Attribute) else None
    if name in functions or not telling_paths().isdisjoint({(name,), (resource, name)}):
        return True
    if depth == _DEEPEST:
        return False
    inner = (each.scope_id for each in module.bindings(0, name) if each.kind == "def" and each.scope_id is not None)
    return any(_asks(module, fact.call, functions, depth + 1) for scope in inner for fact in module.calls_by_scope.get(scope))
