"""Command-line options of a program and their defaults: click and argparse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmlint.link.values.place import Place
from llmlint.link.values.values import Literal, Stability, Unknown, Value, unique, with_source
from llmlint.scan import expressions as ex

if TYPE_CHECKING:
    from llmlint.link.names.index import ModuleIndex
    from llmlint.link.values.evaluation import Evaluation


def decorated_default(evaluator: Evaluation, module: ModuleIndex, scope: int, name: str, outside: Place) -> tuple[Value, ...]:
    """What a decorator gives to a parameter of the decorated function: the default of a click option or argument, or what another cell of a marimo
    notebook calls so."""
    for decorator in module.scopes[scope].decorators:
        if _is_cell(decorator):
            return _of_other_cells(evaluator, module, scope, name, outside)
        if isinstance(decorator, ex.Call) and (ex.dotted_name(decorator.func) or "").split(".")[-1] in ("option", "argument"):
            default = decorator.value("default")
            if default is not None and name in _option_names(decorator):
                return unique(with_source(value, "option-default") for value in evaluator.evaluate(default, outside))
    return ()


def _is_cell(decorator: ex.Expr) -> bool:
    """`@app.cell`, `@app.cell(hide_code=True)`"""
    decorator = decorator.func if isinstance(decorator, ex.Call) else decorator
    return isinstance(decorator, ex.Attribute) and decorator.attr == "cell"


def _of_other_cells(evaluator: Evaluation, module: ModuleIndex, scope: int, name: str, outside: Place) -> tuple[Value, ...]:
    cells = [each.id for each in module.scopes if each.id != scope and any(map(_is_cell, each.decorators))]
    module.lower_mentions(name)
    bound = [(cell, binding) for cell in cells for binding in module.bindings(cell, name)[-1:]]
    found = (
        value
        for cell, binding in bound
        for value in evaluator.evaluate(ex.Name(binding.start, binding.end, name), Place(module, module.at_end_of(cell)))
    )
    return unique(found)


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
