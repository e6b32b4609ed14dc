"""What a value that the source does not tell is behind a test: `if BACKEND == "bedrock": model = model_for(BACKEND)`.

That counts where the value decides something: as an argument, as the key of a table, in another test. A text is not made of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmlint.link.values import guards
from llmlint.link.values.values import TESTED, Known, Text, Unknown, Value
from llmlint.scan import expressions as ex

if TYPE_CHECKING:
    from llmlint.link.values.evaluation import Evaluation
    from llmlint.link.values.place import Place


def narrowed(evaluator: Evaluation, expression: ex.Expr, place: Place) -> tuple[Value, ...]:
    """What an expression can be, where each unknown value is what the tests ahead say that it is."""
    values = evaluator.evaluate(expression, place)
    if not any(isinstance(value, Unknown) for value in values):
        return values
    name = ex.dotted_name(expression)
    is_compared = name is not None and evaluator.program.compares(place.module, name)
    tested = _tested(evaluator, name, place) if name is not None and is_compared else None
    return (tested,) if tested is not None else values


def is_told(evaluator: Evaluation, expression: ex.Expr, place: Place) -> bool:
    """Whether a test ahead says what an unknown value is."""
    name = ex.dotted_name(expression)
    return name is not None and evaluator.program.compares(place.module, name) and _tested(evaluator, name, place) is not None


def _tested(evaluator: Evaluation, name: str, place: Place) -> Text | None:
    """The string that a name is, by a test in its function, or in one of those that lead to it and know it by the same name."""
    current: Place | None = place
    root = name.partition(".")[0]
    while current is not None:
        module, point = current.module, current.point
        for test in guards.tests_of(module, point, name):
            strings = guards.equals(evaluator, test, name, current)
            if len(strings) == 1:
                at = current.span(test.expression)
                return Text((Known(strings[0], at),), at, TESTED)
        current = _caller(evaluator, root, current) if not _is_set_ahead(current, root, name) else None
    return None


def _is_set_ahead(place: Place, root: str, name: str) -> bool:
    """Whether a function gives a name another value, so that the tests of those that lead to it say nothing of that."""
    module, point = place.module, place.point
    stores = module.stores_by_root.get((point.scope, root))
    return any(store.order < point.order and ex.dotted_name(store.target) == name for store in stores)


def _caller(evaluator: Evaluation, root: str, place: Place) -> Place | None:
    """The call that leads to a place, if a name stands for the same there: one of the module, or the object whose method calls another, or
    passes it to what runs it: `run_in_executor(None, self.ask, text)`."""
    module, scope = place.module, place.point.scope
    is_of_object = module.method_of_self(scope, root) is not None
    if not is_of_object and (not module.bindings(0, root) or module.has_own_name(scope, root)):
        return None
    # What depends on the frame is evaluated anew for each call path, so it counts where a test may be found.
    evaluator.read_from_frame()
    frame = place.own_frame()
    if frame is None:
        return None
    if frame.called is not None:
        there, function = frame.called[0], frame.called[1].func
    elif frame.run_by is not None:
        there, function = frame.run_by
    else:
        return None
    if there.module is not module or not there.point.scope:
        return None
    if is_of_object:
        is_same = module.method_of_self(there.point.scope, root) is not None and ex.root_name(function) == root
        return there if is_same and isinstance(function, ex.Attribute) and isinstance(function.value, ex.Name) else None
    return None if module.has_own_name(there.point.scope, root) else there
