"""Whether what a call sends is made from a chain of answers: another call of the loop takes, in each iteration, what it was answered in the
iteration before, and this one asks about the answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from llmlint.link.calls.llm_names import has_llm_name
from llmlint.link.flow.dependence import LoopFlow, flow_of
from llmlint.link.flow.state import read_keys
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.tables import in_order
from llmlint.link.program.memo import Memo
from llmlint.link.rests import Results, found_once
from llmlint.scan import expressions as ex
from llmlint.scan.facts import CallFact

_DEEPEST = 2


def follows_chain(flow: LoopFlow, sent: Sequence[ex.Expr], functions: frozenset[str]) -> bool:
    """Whether a loop's call, whose flow this is, sends something made from the answer of an earlier call of the iteration that is part of a chain.
    `functions` are the names of those that lead from the call to its LLM call: what else calls them makes an LLM call, too."""
    asking = _Asking.around(flow, functions)
    if asking is None:
        return False
    read = read_keys(flow.module, flow.scope, sent, flow.order)
    held = {node for each in sent for node in ex.walk(each)}
    return any(asking.is_carried(fact) for fact in asking.about(read, held, flow))


class _Asking:
    """The calls of a loop that lead to an LLM call."""

    def __init__(self, flow: LoopFlow, functions: frozenset[str]) -> None:
        self._module, self._loop, self._scope = flow.module, flow.loop, flow.scope
        here = in_order(flow.module.calls_by_scope.get(flow.scope))
        inside = [fact for fact in here if flow.loop.first < fact.order < flow.loop.last and fact.call.args]
        self._facts = {fact.call: fact for fact in inside if _asks(flow.module, fact.call, functions, 0)}
        self.remembered: dict[object, Results[Any, Any]] = {}

    def _flow_of(self, fact: CallFact) -> LoopFlow:
        return flow_of(self._module, self._loop, fact.call, fact.order, self._scope)

    @staticmethod
    def around(flow: LoopFlow, functions: frozenset[str]) -> _Asking | None:
        """Those of the loop of a flow; None where none is ahead of its own call."""
        key = flow.loop.id, flow.scope, functions
        found = _ASKING.get(flow.module, key, lambda: _Asking(flow, functions))
        is_ahead = any(fact.order < flow.order and fact.call is not flow.source for fact in islice(found._facts.values(), 2))
        return found if is_ahead else None

    @found_once
    def _by_answer(self) -> dict[str, list[CallFact]]:
        found: dict[str, list[CallFact]] = defaultdict(list)
        for fact in self._facts.values():
            for name in self._flow_of(fact).answers:
                found[name].append(fact)
        return found

    def about(self, read: frozenset[str], held: set[ex.Expr], flow: LoopFlow) -> Iterator[CallFact]:
        """Those ahead of the call of a flow with an answer that is read under a name, or is held itself."""
        found = {call: self._facts[call] for call in held if isinstance(call, ex.Call) and call in self._facts}
        found |= {fact.call: fact for name in read & self._by_answer.keys() for fact in self._by_answer[name]}
        for fact in in_order(found.values()):
            if fact.order < flow.order and fact.call is not flow.source:
                yield fact

    def is_carried(self, fact: CallFact) -> bool:
        """Whether what a call sends can hold its answer of an earlier iteration."""
        sent = [argument.value for argument in fact.call.args]
        return _CARRIED.get(self, fact.order, lambda: self._flow_of(fact).is_carried(sent))


_ASKING: Memo[tuple[int, int, frozenset[str]], _Asking] = Memo()
_CARRIED: Memo[int, bool] = Memo()


def _asks(module: ModuleIndex, call: ex.Call, functions: frozenset[str], depth: int) -> bool:
    """Whether a call is an LLM call, by its name, or leads to one through functions of the module."""
    name = ex.last_name(call.func) or ""
    if name in functions or has_llm_name(call):
        return True
    if depth == _DEEPEST:
        return False
    inner = (each.scope_id for each in module.bindings(0, name) if each.kind == "def" and each.scope_id is not None)
    return any(_asks(module, fact.call, functions, depth + 1) for scope in inner for fact in module.calls_by_scope.get(scope))
