"""Where a name gets what it is at a place: the innermost scope that binds it, and the frame in which that is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.values import carried as carried_names
from llmlint.link.values.place import Place
from llmlint.scan.facts import Binding, Parameter, Scope

if TYPE_CHECKING:
    from llmlint.link.values.evaluation import Evaluation


class Seen(NamedTuple):
    """What a scope has for a name: the bindings that reach a use, a parameter, or the object whose method it is (`own`)."""

    inside: Place
    scope: int
    bindings: Sequence[Binding]
    parameter: Parameter | None
    own: Scope | None
    circle: Circle | None


class Circle(NamedTuple):
    """Bindings by which the iterations of a loop add to what a name is ahead of it."""

    earlier: Sequence[Binding]
    carried: Sequence[Binding]
    loop: int


def look_up(evaluator: Evaluation, name: str, place: Place) -> Seen | None:
    """Where a name is bound as seen from a place; None where no scope of the file binds it."""
    module, point = place.module, place.point
    scope: int | None = point.scope
    here, frame = point, place.frame
    while scope is not None:
        if scope == 0 and point.scope:
            frame = None  # No call is around the body of a module.
        if module.scopes[scope].kind != "class" or scope == point.scope:
            found = _in_scope(evaluator, name, Place(module, here, frame), scope)
            if found is not None:
                return found
        if frame is not None and frame.module is module and frame.scope == scope:
            frame = frame.outer
        scope = module.scopes[scope].parent
        if scope is not None:
            here = module.at_end_of(scope)
        if scope == 0:
            called = place.in_module_body(here)
            if called is not here and module.reaching(name, called) != module.reaching(name, here):
                evaluator.read_from_frame()
                here = called
    return None


def _in_scope(evaluator: Evaluation, name: str, inside: Place, scope: int) -> Seen | None:
    module: ModuleIndex = inside.module
    here: Point = inside.point
    parameter = module.parameter(scope, name)
    bindings: Sequence[Binding] = module.reaching(name, here)
    circle: Circle | None = None
    if bindings:
        earlier, carried, loop = carried_names.split(module, bindings, here)
        if carried_names.is_circular(module, carried, name):
            if inside.is_ahead_of((loop, name)):
                bindings = earlier
                evaluator.read_from_frame()
            elif earlier or parameter is not None:
                circle = Circle(earlier, carried, loop)
    if bindings:
        return Seen(inside, scope, bindings, parameter, None, circle)
    own = module.method_of_self(scope, name)
    return Seen(inside, scope, (), parameter, own, None) if own is not None or parameter is not None else None
