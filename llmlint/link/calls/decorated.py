"""What a function of the program is passed as a decorator: `@register("claude")` over a class that it puts into a table."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.link.names.index import ModuleIndex
from llmlint.link.values.evaluation import Evaluation
from llmlint.link.values.values import Class, Function
from llmlint.scan import expressions as ex


def decorated_by(evaluator: Evaluation, module: ModuleIndex, scope: int) -> Iterator[Class | Function]:
    """The classes and functions that a function decorates: itself, `@register`, or as what another one returns, `@register("claude")`."""
    here = module.scopes[scope]
    outer = module.scopes[here.parent or 0]
    is_returned = outer.kind == "function" and any(
        isinstance(leave.value, ex.Name) and leave.value.id == here.name for leave in module.exits_by_scope.get(outer.id)
    )
    maker = outer if is_returned else here
    owner = module.scopes[maker.parent or 0]
    if maker.kind != "function" or owner.kind == "function":
        return
    others = evaluator.program.modules_naming(maker.name, module, owner.name if owner.kind == "class" else None)
    for candidate in (module, *others):
        candidate.lower_mentions(maker.name)
        known_as = {maker.name, *candidate.aliases(maker.name)}
        for each in candidate.scopes:
            for decorator in each.decorators:
                func = decorator.func if isinstance(decorator, ex.Call) else decorator
                if isinstance(decorator, ex.Call) is not is_returned or ex.last_name(func) not in known_as:
                    continue
                made = Class(candidate, each.id) if each.kind == "class" else Function(candidate, each.id)
                values = evaluator.evaluate(func, evaluator.around(made))
                if any(isinstance(value, Function) and (value.module, value.scope) == (module, maker.id) for value in values):
                    yield made
