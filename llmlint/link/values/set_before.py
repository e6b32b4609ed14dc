"""What an attribute of `self` is because of a statement that has just set it: in the method itself, or in the functions that led to it.

`bot.system = PROMPT; bot.ask(text)` makes `self.system` in `ask` the prompt on this call path, whatever other callers set.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from llmlint.link.names.effects import CHANGES
from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.values.place import Place
from llmlint.link.values.values import Items, Record, Text, Value, with_source
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Store

if TYPE_CHECKING:
    from llmlint.link.values.evaluation import Evaluation

_MOST_CALLERS = 6


def set_before(evaluator: Evaluation, expression: ex.Attribute, place: Place) -> tuple[Value, ...] | None:
    """The values that a statement gives to `self.attribute` on the way to a place; None where none is sure to be the last to do so."""
    name, attribute = expression.value, expression.attr
    if not isinstance(name, ex.Name):
        return None
    module, point, frame, root = place.module, place.point, place.frame, name.id
    owner = module.method_of_self(point.scope, root)
    home, is_changed = module, False
    for _ in range(_MOST_CALLERS):
        is_self = owner is not None and module.method_of_self(point.scope, root) is not None
        if not is_self and module is place.module and point is place.point:
            return None
        if owner is None or module.scopes[point.scope].kind not in ("function", "module"):
            return None
        if _may_be_set_by_methods(module, point, root, attribute, home, owner.id):
            return None
        stores = _stores(module, point, root, attribute)
        is_changed = is_changed or _is_changed(module, point, root, attribute)
        if stores:
            last = stores[-1]
            if not _is_sure(module, point, last) or any(store.order > point.order for store in stores):
                return None
            assert last.value is not None
            there = Place(module, Point(last.scope, last.block, last.order), frame)
            return tuple(_as_attribute(value, is_changed) for value in evaluator.evaluate(last.value, there))
        while frame is not None and frame.is_iteration:
            frame = frame.outer
        if not is_self or frame is None or frame.called is None or frame.module is not module or frame.scope != point.scope:
            return None
        evaluator.read_from_frame()
        caller, call = frame.called
        receiver = call.func.value if isinstance(call.func, ex.Attribute) else None
        if not isinstance(receiver, ex.Name):
            return None
        module, point, frame, root = caller.module, caller.point, caller.frame, receiver.id
    return None


def _stores(module: ModuleIndex, point: Point, root: str, attribute: str) -> list[Store]:
    """Where a function sets an attribute as a whole ahead of a point, or behind it in a loop around it, in the order of the source."""
    loops = module.loops(point.block)
    return [
        store
        for store in module.stores_by_root.get((point.scope, root))
        if isinstance(store.target, ex.Attribute)
        and isinstance(store.target.value, ex.Name)
        and store.target.attr == attribute
        and (store.order < point.order or any(loop.first < store.order < loop.last for loop in loops))
    ]


def _is_sure(module: ModuleIndex, point: Point, store: Store) -> bool:
    """Whether a statement runs each time before a point is reached, and sets the attribute to its value."""
    around = {block.id for block in module.block_path(point.block)}
    is_certain = all(block.id in around for block in module.conditions(store.block))
    return is_certain and store.value is not None and not store.operator and not store.path


def _is_changed(module: ModuleIndex, point: Point, root: str, attribute: str) -> bool:
    """Whether a function changes what an attribute holds: `self.messages.append(…)`, `self.messages[0] = …`."""
    for fact in module.calls_by_root.get((point.scope, root)):
        func = fact.call.func
        if isinstance(func, ex.Attribute) and func.attr in CHANGES and _is_in(func.value, attribute):
            return True
    stores = module.stores_by_root.get((point.scope, root))
    return any(isinstance(each.target, (ex.Attribute, ex.Subscript)) and _is_in(each.target.value, attribute) for each in stores)


def _is_in(expression: ex.Expr, attribute: str) -> bool:
    while isinstance(expression, (ex.Attribute, ex.Subscript)):
        if isinstance(expression, ex.Attribute) and isinstance(expression.value, ex.Name):
            return expression.attr == attribute
        expression = expression.value
    return False


def _may_be_set_by_methods(module: ModuleIndex, point: Point, root: str, attribute: str, home: ModuleIndex, owner: int) -> bool:
    """Whether a function calls a method of the object, ahead of a point, that sets the attribute too."""
    called = {
        fact.call.func.attr
        for fact in module.calls_by_root.get((point.scope, root))
        if fact.order < point.order and isinstance(fact.call.func, ex.Attribute) and isinstance(fact.call.func.value, ex.Name)
    }
    if not called:
        return False
    setters = {
        home.scopes[store.scope].name for store in home.attribute_stores.get(attribute) if home.is_method_of(store.scope, owner)
    }
    return bool(called & setters)


def _as_attribute(value: Value, is_changed: bool) -> Value:
    if isinstance(value, Text) and value.source == "literal":
        return with_source(value, "attribute")
    if is_changed and isinstance(value, (Items, Record)):
        return dataclasses.replace(value, has_escaped=True)
    return value
