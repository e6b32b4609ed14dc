"""Attributes that are set from outside the methods of their class: `desk.notes = text`, `setattr(desk, "notes", text)`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from llmlint.link.names.index import ModuleIndex
from llmlint.link.values.values import Class, Object, Unknown
from llmlint.scan import expressions as ex
from llmlint.scan.facts import CallFact, Store
from llmlint.source import Span

if TYPE_CHECKING:
    from llmlint.link.values.evaluation import Evaluation
    from llmlint.link.values.place import Place


def store_from_outside(
    evaluator: Evaluation, owner: Class, name: str, made: Object | None = None, read: Place | None = None
) -> Span | None:
    """Where an attribute of the objects of a class gets a value outside its methods, in its file or in one that names the class.

    Of an object that was `made` on the way to where it is `read`, only by functions that run in between.
    """
    of = owner.module.scopes[owner.scope].name
    between = _between(made.place, read) if made is not None and made.place is not None and read is not None else None
    for module in (owner.module, *evaluator.program.modules_naming(of, owner.module)):
        for target, fact in _stores(module, name):
            receiver = target.value if isinstance(target, ex.Attribute) else target
            root = receiver.id if isinstance(receiver, ex.Name) else None
            if between is not None and fact.scope and not _runs(module, fact.scope, between):
                continue
            if root is not None and module.method_of_self(fact.scope, root) is not None:
                continue
            place = evaluator.place(module, fact.scope, fact.block, fact.order)
            if any(_may_be_of(value, owner) for value in evaluator.evaluate(receiver, place)):
                return place.span(target)
    return None


def _between(made: Place, read: Place) -> list[tuple[ModuleIndex, int]] | None:
    """The functions that have been entered from where an object was made to where it is read; None where that is not known."""
    found = [(read.module, read.point.scope)]
    frame = read.frame
    while frame is not made.frame:
        if frame is None:
            return None
        found.append((frame.module, frame.scope))
        frame = frame.outer
    return [*found, (made.module, made.point.scope)]


def _runs(module: ModuleIndex, scope: int, functions: list[tuple[ModuleIndex, int]]) -> bool:
    """Whether a function is one of some functions, or is called by one."""
    name = module.scopes[scope].name
    return any(
        (module is other and scope == own) or (own, name) in other.calls_in_scope_by_tail for other, own in functions if own >= 0
    )


def _stores(module: ModuleIndex, name: str) -> Iterator[tuple[ex.Expr, Store | CallFact]]:
    """What is set: the attribute, or the object that is passed to `setattr` with its name."""
    for store in module.attribute_stores.get(name):
        yield store.target, store
    for fact in module.calls_by_tail.get("setattr"):
        args = [argument.value for argument in fact.call.args]
        if len(args) == 3 and isinstance(args[1], ex.Constant) and args[1].value == name:
            yield args[0], fact


def _may_be_of(value: object, owner: Class) -> bool:
    """Whether what is changed may be an object of the class: it is one, or a parameter or name of which nothing is known."""
    if isinstance(value, (Object, Class)):
        return (value.of if isinstance(value, Object) else value) == owner
    return isinstance(value, Unknown) and isinstance(value.expression, (ex.Name, type(None)))
