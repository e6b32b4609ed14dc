"""From an expression to what it can be: a lazy, bounded evaluation over facts that runs nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.program.program import Program
from llmlint.link.values import containers, guards, iterations, known_calls, objects, operators
from llmlint.link.values.evaluation import Evaluation
from llmlint.link.values.names import Names
from llmlint.link.values.place import Arguments, Frame, Place
from llmlint.link.values.stability import stability_at
from llmlint.link.values.values import (
    MOST_ALTERNATIVES,
    Class,
    Function,
    Known,
    Literal,
    Stability,
    Text,
    Unknown,
    Value,
    as_text,
    unique,
)
from llmlint.scan import expressions as ex

_DEEPEST = 40
_DEEPEST_CALLS = 6
_MOST_STEPS = 20_000
"""How many expressions are looked into for one that is asked for. What is cut is not remembered, so that going through it again and again would
have no end: two uses of each value by the next are enough."""
_PYTHON_FRAMES = 6000


class ValueEvaluator(Evaluation):
    """Evaluates expressions of one program; remembers what it has found."""

    def __init__(self, program: Program) -> None:
        self.program = program
        # Evaluation is as deep as the program under review is, and bounded by `_DEEPEST`; Python's default is less than that takes.
        sys.setrecursionlimit(max(sys.getrecursionlimit(), _PYTHON_FRAMES))
        self._memory: dict[tuple[ex.Expr, Frame | None], tuple[Value, ...]] = {}
        self._returned: dict[tuple[ModuleIndex, int, Value | None], tuple[Value, ...]] = {}
        self._returning: set[tuple[ModuleIndex, int, Value | None]] = set()
        self._open: set[tuple[ex.Expr, Frame | None]] = set()
        self._names = Names(self)
        self.callers_depth = 0
        self._depth = 0
        self._cuts = 0
        self._steps = 0

    def evaluate(self, expression: ex.Expr, place: Place) -> tuple[Value, ...]:
        """All values that the source tells, never empty: what it does not tell is an `Unknown` among them."""
        key = (expression, place.frame)
        if key in self._memory:
            return self._memory[key]
        if not (self._depth or self.callers_depth):
            self._steps = 0
        if key in self._open or self._depth >= _DEEPEST or not self.may_go_on():
            self.cut()
            return (Unknown(Stability.VARYING, place.span(expression), expression, place),)
        self._open.add(key)
        self._depth += 1
        before = self._cuts
        try:
            values = unique(self._evaluate(expression, place)) or (self.unknown(expression, place),)
        finally:
            self._depth -= 1
            self._open.discard(key)
        if self.is_complete(before):
            self._memory[key] = values
        return values

    def may_go_on(self) -> bool:
        """Take one more step, if that is not too many for what has been asked for."""
        self._steps += 1
        return self._steps <= _MOST_STEPS

    def cut(self) -> None:
        """Note that a result leaves something out, because of a bound or a circle: what rests on it holds on the way at hand only."""
        self._cuts += 1

    @property
    def cuts(self) -> int:
        """How often results have been cut; pass it to `is_complete` later."""
        return self._cuts

    def is_complete(self, before: int) -> bool:
        """Whether what has been found since `before` may be remembered: nothing was cut, or it was asked for from the top."""
        return self._cuts == before or not (self._depth or self.callers_depth)

    def place(self, module: ModuleIndex, scope: int, block: int, order: int) -> Place:
        return Place(module, Point(scope, block, order))

    def text(self, expression: ex.Expr, place: Place) -> Text:
        return as_text(self.evaluate(expression, place), place.span(expression))

    def unknown(self, expression: ex.Expr, place: Place, stability: Stability | None = None) -> Unknown:
        """The value of an expression that the source does not tell."""
        if stability is None:
            stability = stability_at(place.module, place.point, expression)
        return Unknown(stability, place.span(expression), expression, place)

    # Dispatch

    def _evaluate(self, expression: ex.Expr, place: Place) -> Iterator[Value]:
        at = place.span(expression)
        if isinstance(expression, ex.Constant):
            yield Text((Known(expression.value, at),), at) if isinstance(expression.value, str) else Literal(expression.value, at)
        elif isinstance(expression, ex.Name):
            yield from guards.let_through(self, expression, place, self._names.values(expression, place))
        elif isinstance(expression, ex.Attribute):
            found = (
                value
                for base in self.evaluate(expression.value, place)
                for value in objects.attribute(self, base, expression.attr, expression, place)
            )
            yield from guards.let_through(self, expression, place, found)
        elif isinstance(expression, ex.FormattedString):
            yield from operators.formatted(self, expression, place)
        elif isinstance(expression, ex.Call):
            yield from known_calls.call(self, expression, place)
        elif isinstance(expression, ex.Operation):
            yield from operators.operation(self, expression, place)
        elif isinstance(expression, ex.Conditional):
            yield from self.evaluate(expression.body, place)
            yield from self.evaluate(expression.orelse, place)
        elif isinstance(expression, ex.Mapping):
            yield containers.record(self, expression, place)
        elif isinstance(expression, ex.Sequence):
            yield containers.items(self, expression, place)
        elif isinstance(expression, ex.Subscript):
            yield from containers.subscript(self, expression, place)
        elif isinstance(expression, ex.Lambda):
            yield Function(place.module, expression.scope_id)
        elif isinstance(expression, ex.Comprehension):
            yield iterations.comprehension(self, expression, place) or self.unknown(expression, place)
        elif isinstance(expression, (ex.Await, ex.Walrus)):
            yield from self.evaluate(expression.value, place)
        else:
            yield self.unknown(expression, place)

    # Names

    def exported(self, module: ModuleIndex, name: str) -> tuple[Value, ...]:
        """What a name of a module is to those who import it; empty where the module does not bind it, or only from itself in a circle."""
        return self._names.exported(module, name)

    # Calls

    def around(self, definition: Class | Function) -> Place:
        """The place from which the body of a class or function of the program sees names outside it."""
        module = definition.module
        return Place(module, module.at_end_of(module.scopes[definition.scope].parent or 0))

    def enter(
        self, function: Function, call: ex.Call | None, place: Place, extra: dict[str, tuple[Value, ...]] | None = None
    ) -> Place | None:
        """The end of a function's body as one call sees it; None where that is too deep or goes in circles."""
        depth = place.frame.depth + 1 if place.frame is not None else 1
        frame: Frame | None = place.frame
        while frame is not None:
            if frame.module is function.module and frame.scope == function.scope:
                return None
            frame = frame.outer
        if depth > _DEEPEST_CALLS:
            return None
        arguments = containers.arguments(self, function, call, place, extra) if call is not None else Arguments(extra)
        scope = function.module.scopes[function.scope]
        new = Frame(function.module, function.scope, arguments, depth, place.frame)
        return Place(function.module, Point(function.scope, scope.block, function.module.blocks[scope.block].last), new)

    def returned(self, function: Function, call: ex.Call | None, place: Place) -> tuple[Value, ...]:
        """What a function of the program returns for one call."""
        if call is None or not (call.args or place.frame):
            # What it returns depends on what it is bound to, and on nothing else.
            key = (function.module, function.scope, function.receiver)
            if key in self._returned:
                return self._returned[key]
            if key in self._returning:
                self.cut()
                return ()
            self._returning.add(key)
            before = self._cuts
            values = self._find_returned(function, call, Place(place.module, place.point))
            self._returning.discard(key)
            if self.is_complete(before):
                self._returned[key] = values
            return values
        return self._find_returned(function, call, place)

    def _find_returned(self, function: Function, call: ex.Call | None, place: Place) -> tuple[Value, ...]:
        inside = self.enter(function, call, place)
        if inside is None or function.module.scopes[function.scope].is_generator:
            return ()
        values: list[Value] = []
        for leave in function.module.exits_by_scope.get(function.scope):
            if leave.kind == "return" and leave.value is not None and len(values) < MOST_ALTERNATIVES:
                values.extend(self.evaluate(leave.value, inside.at(leave.scope, leave.block, leave.order)))
        return unique(values)
