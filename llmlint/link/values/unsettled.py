"""Whether an expression is surely something unknown, among others: found without what else it can be.

Nearly all tests of branches say nothing, as what they ask about comes from somewhere out of sight. One unknown value is enough to know that, and it
is mostly near: the result of a library's function, a parameter that nobody in sight passes. All values of such an expression are far more to find
out, as functions with many branches return them. What is answered with no may be unknown all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from llmlint.link import rests
from llmlint.link.rests import Results
from llmlint.link.values import (
    changes_before_use,
    feasible,
    known_calls,
    objects,
    set_before,
    tested,
    unrolling,
)
from llmlint.link.values.place import Argument, Place
from llmlint.link.values.progress import Memory
from llmlint.link.values.seen import Seen, look_up
from llmlint.link.values.values import Class, External, Function, Items, Object, Record, Text, Unknown, Value
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, Exit, Parameter

if TYPE_CHECKING:
    from llmlint.link.values.evaluation import Evaluation

_LOOKED_INTO = (ex.Name, ex.Attribute, ex.Call, ex.Conditional, ex.Operation, ex.Await, ex.Walrus)
_NOT_FOLLOWED = frozenset({"import", "def", "class", "augment", "for"})
_DEEPEST = 40
_MOST_STEPS = 10_000
_FIRST = 16
_MOST_FAILED = 1


class Unsettled:
    """Answers that for an evaluator."""

    def __init__(self, evaluator: Evaluation) -> None:
        self._evaluator = evaluator
        self._known: Memory[bool] = evaluator.progress.memory()
        # What rests on no parameter and no iteration is the same in all frames.
        self._everywhere: Results[ex.Expr, bool] = Results()
        # How often each was asked for, and found to be unknown.
        self._asked: dict[ex.Expr, tuple[int, int]] = {}
        self._depth = 0
        self._steps = 0

    def asked(self, expression: ex.Expr, place: Place) -> bool:
        """The same for what a test is about. The first times all values are found as fast; and so are they where this has
        mostly been of no use."""
        if not isinstance(expression, _LOOKED_INTO):
            return False
        asked, found = self._asked.get(expression, (0, 0))
        is_tried = asked >= _FIRST and asked - _FIRST <= _MOST_FAILED * (found + 1)
        is_found = is_tried and self.of(expression, place)
        self._asked[expression] = asked + (1 if is_tried or asked < _FIRST else 0), found + is_found
        return is_found

    def of(self, expression: ex.Expr, place: Place) -> bool:
        if not isinstance(expression, _LOOKED_INTO):
            return False
        found_everywhere = self._everywhere.get(expression)
        if found_everywhere is not None:
            if rests.recording is not None:
                rests.recording.use(self._everywhere.nodes[expression])
            return found_everywhere
        key = ("unsettled", expression, place.frame)
        known = self._known.get(key)
        if known is not None:
            self._evaluator.read_from_frame()
            return known
        self._steps = 1 if self._evaluator.progress.is_idle else self._steps + 1
        if self._depth >= _DEEPEST or self._steps > _MOST_STEPS:
            return False
        reads, before = self._evaluator.reads, self._evaluator.progress.start(key)
        if before is None:
            return False
        self._depth += 1
        found = is_complete = False
        try:
            found = self._find(expression, place)
        finally:
            self._depth -= 1
            is_complete = self._evaluator.progress.finish(key, before)
        if is_complete and self._evaluator.reads == reads:
            self._everywhere[expression] = found
            if rests.recording is not None:
                self._everywhere.nodes[expression] = self._evaluator.progress.node
        else:
            self._known.keep(key, found, is_complete)
        return found

    def _find(self, expression: ex.Expr, place: Place) -> bool:
        if isinstance(expression, ex.Name):
            return self._name(expression, place)
        if isinstance(expression, ex.Call):
            return self._call(expression, place)
        if isinstance(expression, ex.Attribute):
            # Tests let through what is unknown, and an attribute of that is unknown.
            is_set = set_before.set_before(self._evaluator, expression, place)
            return _any(is_set) if is_set is not None else self.of(expression.value, place)
        if isinstance(expression, ex.Conditional):
            if place.point.scope:
                self._evaluator.read_from_frame()
            return self.of(expression.body, place) and self.of(expression.orelse, place)
        if isinstance(expression, ex.Operation):
            if expression.operator == "or":
                return self.of(expression.operands[0], place)
            return expression.operator == "and" and self.of(expression.operands[-1], place)
        return isinstance(expression, (ex.Await, ex.Walrus)) and self.of(expression.value, place)

    # Names

    def _name(self, name: ex.Name, place: Place) -> bool:
        seen = look_up(self._evaluator, name.id, place)
        if seen is None or seen.circle is not None or seen.own is not None:
            return False
        if seen.bindings:
            return self._bound(name, seen)
        return seen.parameter is not None and self._parameter(seen.parameter, seen.inside, seen.scope)

    def _bound(self, name: ex.Name, seen: Seen) -> bool:
        inside, bindings = seen.inside, seen.bindings
        if unrolling.loop_before(inside.module, bindings, inside) is not None:
            return False
        is_several = len(bindings) > 1 or seen.parameter is not None
        if seen.scope and is_several:
            self._evaluator.read_from_frame()
        found = [binding for binding in reversed(bindings) if self._binding(binding, inside)]
        if not found or inside.frame is None or not is_several:
            return bool(found)
        reaching, _ = feasible.reaching(self._evaluator, bindings, inside)
        return any(binding in reaching for binding in found)

    def _binding(self, binding: Binding, place: Place) -> bool:
        if changes_before_use.is_filled_by_key(place.module, binding) or binding.kind in _NOT_FOLLOWED:
            return False
        if binding.value is None:
            return True
        there = place.at(binding.scope, binding.block, binding.order)
        # An item of what is no tuple is unknown.
        return self.of(binding.value, there)

    def _parameter(self, parameter: Parameter, place: Place, scope: int) -> bool:
        self._evaluator.read_from_frame()
        frame = place.frame
        while frame is not None and (frame.module is not place.module or frame.scope != scope):
            frame = frame.outer
        if frame is None:
            # One who is not in sight may call the function, and has to pass something.
            return parameter.default is None
        if parameter.name not in frame.arguments:
            return frame.is_open or parameter.default is None
        pending = frame.arguments.pending(parameter.name)
        if isinstance(pending, Argument):
            passed, there = pending.expression, pending.place
            return self.of(passed, there) and not tested.is_told(self._evaluator, passed, there)
        return _any(frame.arguments.get(parameter.name) or ())

    # Calls

    def _call(self, call: ex.Call, place: Place) -> bool:
        func = call.func
        if isinstance(func, ex.Attribute) and self.of(func.value, place):
            return True
        return any(self._returned(value, call, place) for value in self._called(func, place))

    def _called(self, func: ex.Expr, place: Place) -> Iterator[Value]:
        """What is called, where it is no method of a value whose items or text the source tells."""
        if not isinstance(func, ex.Attribute):
            yield from self._evaluator.evaluate(func, place)
            return
        for base in self._evaluator.evaluate(func.value, place):
            if not isinstance(base, (Text, Record, Items)) and not (isinstance(base, Class) and func.attr == "remote"):
                yield from objects.attribute(self._evaluator, base, func.attr, func, place)

    def _returned(self, value: Value, call: ex.Call, place: Place) -> bool:
        if isinstance(value, Function):
            if value.module.scopes[value.scope].name == "batching":
                return False
            return self._evaluator.returns_unsettled(value, call, place)
        if isinstance(value, External):
            return _any(known_calls.external(self._evaluator, value.name, call, place))
        return not isinstance(value, (Class, Object))

    def any_exit(self, exits: list[Exit], inside: Place) -> bool:
        """Whether one of the `return` statements of a function, that surely can be reached, returns something unknown."""
        for leave in exits:
            there = inside.at(leave.scope, leave.block, leave.order)
            if leave.value is not None and self.of(leave.value, there) and feasible.is_feasible(self._evaluator, there):
                return True
        return False


def _any(values: Iterable[Value]) -> bool:
    return any(isinstance(each, Unknown) for each in values)
