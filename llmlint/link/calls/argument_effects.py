"""Whether a function of the program changes what it is handed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmlint.link.names.effects import CHANGES, LEAVES_ALONE, is_surely_harmless
from llmlint.link.values.binding import parameter_of
from llmlint.link.values.values import Function
from llmlint.scan import expressions as ex
from llmlint.scan.facts import CallFact

if TYPE_CHECKING:
    from llmlint.link.names.index import ModuleIndex
    from llmlint.link.values.evaluation import Evaluation
    from llmlint.link.values.place import Place

_DEEPEST = 3


def is_harmless(evaluator: Evaluation, fact: CallFact, name: str, place: Place) -> bool:
    """Whether a call leaves the object that it is handed by this name as it is, as far as the source tells."""
    return _leaves_alone(evaluator, place.module, fact, name, 0)


def _leaves_alone(evaluator: Evaluation, module: ModuleIndex, fact: CallFact, name: str, depth: int) -> bool:
    func = fact.call.func
    tail = func.attr if isinstance(func, ex.Attribute) else func.id if isinstance(func, ex.Name) else ""
    if is_surely_harmless(fact.call):
        return True
    args = fact.call.args
    handed = [index for index, arg in enumerate(args) if isinstance(arg.value, ex.Name) and arg.value.id == name]
    if all(args[index].star == "**" for index in handed):
        return True
    if depth >= _DEEPEST:
        return False
    here = evaluator.place(module, fact.scope, fact.block, fact.order)
    functions = [value for value in evaluator.evaluate(func, here) if isinstance(value, Function)]
    if not functions:
        return LEAVES_ALONE.match(tail) is not None
    return all(_keeps(evaluator, function, fact.call, index, depth) for function in functions for index in handed)


def _keeps(evaluator: Evaluation, function: Function, call: ex.Call, index: int, depth: int) -> bool:
    module, scope = function.module, function.scope
    name = parameter_of(function, call, index)
    if name is None:
        return False
    names = {name} | {b.name for b in module.bindings_from.get((scope, name))}
    for each in names:
        if module.stores_by_root.get((scope, each)):
            return False
        for fact in module.calls_by_root.get((scope, each)):
            if isinstance(fact.call.func, ex.Attribute) and fact.call.func.attr in CHANGES:
                return False
    return all(_leaves_alone(evaluator, module, fact, name, depth + 1) for fact in module.calls_taking.get((scope, name)))
