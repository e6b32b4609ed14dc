"""Command-line options of a program and their defaults: click and argparse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmlint.link.values.values import Literal, Stability, Unknown, Value, unique, with_source
from llmlint.scan import expressions as ex

if TYPE_CHECKING:
    from llmlint.link.names.index import ModuleIndex
    from llmlint.link.values.evaluation import Evaluation
    from llmlint.link.values.place import Place


def decorated_default(evaluator: Evaluation, module: ModuleIndex, scope: int, name: str, outside: Place) -> tuple[Value, ...]:
    """The default that a click option or argument gives to a parameter of the decorated function."""
    for decorator in module.scopes[scope].decorators:
        if isinstance(decorator, ex.Call) and (ex.dotted_name(decorator.func) or "").split(".")[-1] in ("option", "argument"):
            default = decorator.value("default")
            if default is not None and name in _option_names(decorator):
                return unique(with_source(value, "option-default") for value in evaluator.evaluate(default, outside))
    return ()


def namespace_default(evaluator: Evaluation, module: ModuleIndex, name: str) -> tuple[Value, ...]:
    """The default of an argparse option of this file whose destination is `name`."""
    found: list[Value] = []
    for fact in module.calls_by_tail.get("add_argument"):
        if name not in _option_names(fact.call):
            continue
        default = fact.call.value("default")
        if default is not None:
            there = evaluator.place(module, fact.scope, fact.block, fact.order)
            found.extend(
                with_source(v, "option-default") for v in evaluator.evaluate(default, there) if not isinstance(v, Literal)
            )
        found.append(Unknown(Stability.UNKNOWN, evaluator.place(module, fact.scope, fact.block, fact.order).span(fact.call)))
    return unique(found)


def _option_names(call: ex.Call) -> set[str]:
    names = set()
    destination = call.value("dest")
    if isinstance(destination, ex.Constant):
        return {str(destination.value)}
    for argument in call.args:
        if argument.keyword is None and isinstance(argument.value, ex.Constant) and isinstance(argument.value.value, str):
            names.add(argument.value.value.lstrip("-").replace("-", "_"))
    return names
