"""From an expression to what it can be: a lazy, bounded evaluation over facts that runs nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterator
from functools import partial
from typing import TypeVar, cast

from llmlint.link import rests
from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.program.program import Program
from llmlint.link.rests import Results
from llmlint.link.values import (
    choice_rate,
    containers,
    feasible,
    guards,
    known_calls,
    objects,
    operators,
    set_before,
    set_together,
    tested,
    unrolling,
)
from llmlint.link.values.evaluation import Evaluation
from llmlint.link.values.names import Names
from llmlint.link.values.place import Arguments, Frame, Place
from llmlint.link.values.progress import Memory, Progress
from llmlint.link.values.stability import stability_at
from llmlint.link.values.texts import as_text
from llmlint.link.values.unsettled import Unsettled
from llmlint.link.values.values import (
    MOST_ALTERNATIVES,
    Class,
    Function,
    Known,
    Literal,
    Object,
    Record,
    Stability,
    Text,
    Unknown,
    Value,
    alone,
    among,
    unique,
)
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Store

Found = TypeVar("Found")

_DEEPEST = 160
"""How many expressions one may lead to, each by way of the one before. What rests on a result that is cut there is found anew whenever somebody
asks, so that this is to be deeper than nearly all programs go: callers of callers are followed as far as that, and each is asked once."""
_DEEPEST_CALLS = 6
_MOST_STEPS = 20_000
"""How many expressions are looked into for one that is asked for. What is cut is not remembered, so that going through it again and again would
have no end: two uses of each value by the next are enough."""
_PYTHON_FRAMES = 6000


def _holds_everywhere(value: Value) -> bool:
    """Whether nothing of a value is found later, in the frame that it is made in."""
    if isinstance(value, (Object, Unknown)):
        return value.place is None
    if isinstance(value, Function):
        return value.receiver is None
    return not isinstance(value, Record)


class ValueEvaluator(Evaluation):
    """Evaluates expressions of one program; remembers what it has found."""

    def __init__(self, program: Program) -> None:
        self.program = program
        # Raise the recursion limit: `_DEEPEST` bounds evaluation, and needs more than Python's default.
        sys.setrecursionlimit(max(sys.getrecursionlimit(), _PYTHON_FRAMES))
        self.progress = Progress()
        self._memory: Memory[tuple[Value, ...]] = self.progress.memory()
        # What rests on no parameter and no iteration is the same in all frames.
        self._everywhere: Results[ex.Expr, tuple[Value, ...]] = Results()
        self.reads = 0
        self._returned: Memory[tuple[Value, ...]] = self.progress.memory()
        # Other results, and whether each holds in one frame only.
        self._once: dict[Hashable, tuple[object, bool, int]] = {}
        self._constructed: Results[tuple[ModuleIndex, int, Object], Place | None] = Results()
        self._names = Names(self)
        self._unsettled = Unsettled(self)
        self._depth = 0
        self._steps = 0
        self.total_steps = 0

    def evaluate(self, expression: ex.Expr, place: Place) -> tuple[Value, ...]:
        """All values that the source tells, never empty: what it does not tell is an `Unknown` among them."""
        found = self._everywhere.get(expression)
        if found is not None:
            if rests.recording is not None:
                rests.recording.use(self._everywhere.nodes[expression])
            return found
        key = (expression, place.frame)
        known = self._memory.get(key)
        if known is not None:
            self.reads += 1  # Only what rests on a caller is kept for one frame.
            return known
        if self._depth >= _DEEPEST or not self.may_go_on():
            self.progress.cut()
            return (Unknown(Stability.VARYING, place.span(expression), expression, place),)
        before = self.progress.start(key)
        if before is None:
            return (Unknown(Stability.VARYING, place.span(expression), expression, place),)
        self._depth += 1
        reads = self.reads
        values: tuple[Value, ...] = ()
        is_complete = False
        try:
            values = unique(self._evaluate(expression, place)) or (self.unknown(expression, place),)
            values = values if len(values) > 1 else (alone(values[0]),)
        finally:
            self._depth -= 1
            is_complete = self.progress.finish(key, before)
        if (place.point.scope or place.frame is not None) and not all(map(_holds_everywhere, values)):
            self.read_from_frame()
        if is_complete and self.reads == reads:
            self._everywhere[expression] = values
            if rests.recording is not None:
                self._everywhere.nodes[expression] = self.progress.node
        else:
            self._memory.keep(key, values, is_complete)
        return values

    def narrowed(self, expression: ex.Expr, place: Place) -> tuple[Value, ...]:
        return tested.narrowed(self, expression, place)

    def is_unsettled(self, expression: ex.Expr, place: Place) -> bool:
        return self._unsettled.asked(expression, place)

    def may_go_on(self) -> bool:
        """Take one more step, if that is not too many for what has been asked for."""
        self.total_steps += 1
        self._steps = 1 if self.progress.is_idle else self._steps + 1
        return self._steps <= _MOST_STEPS

    def read_from_frame(self) -> None:
        """Note that the value at hand holds in one frame only: it rests on a parameter, an iteration, or how deep the frame is."""
        self.reads += 1

    def kept(self, find: Callable[[], tuple[Value, ...]]) -> Callable[[], tuple[Value, ...]]:
        return partial(self.once, object(), find)

    def once(self, key: Hashable, find: Callable[[], Found]) -> Found:
        known = self._once.get(key)
        if known is not None:
            result, is_of_frame, node = known
            self.reads += is_of_frame
            if rests.recording is not None:
                rests.recording.use(node)
            return cast("Found", result)
        reads, before = self.reads, self.progress.watch()
        is_whole = False
        try:
            found = find()
        finally:
            is_whole = self.progress.is_whole(before)
        if is_whole:
            self._once[key] = found, self.reads != reads, self.progress.node
        return found

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
        if isinstance(expression, ex.Constant):
            at = place.span(expression)
            yield Text((Known(expression.value, at),), at) if isinstance(expression.value, str) else Literal(expression.value, at)
        elif isinstance(expression, ex.Name):
            yield from guards.let_through(self, expression, place, self._names.values(expression, place))
        elif isinstance(expression, ex.Attribute):
            found = set_before.set_before(self, expression, place) or self._attribute(expression, place)
            yield from guards.let_through(self, expression, place, found)
        elif isinstance(expression, ex.FormattedString):
            yield from operators.formatted(self, expression, place)
        elif isinstance(expression, ex.Call):
            yield from known_calls.call(self, expression, place)
        elif isinstance(expression, ex.Operation):
            yield from operators.operation(self, expression, place)
        elif isinstance(expression, ex.Conditional):
            yield from self._either(expression, place)
        elif isinstance(expression, ex.Mapping):
            yield containers.record(self, expression, place)
        elif isinstance(expression, ex.Sequence):
            yield containers.items(self, expression, place)
        elif isinstance(expression, ex.Subscript):
            yield from containers.subscript(self, expression, place)
        elif isinstance(expression, ex.Lambda):
            yield Function(place.module, expression.scope_id)
        elif isinstance(expression, ex.Comprehension):
            yield unrolling.comprehension(self, expression, place) or self.unknown(expression, place)
        elif isinstance(expression, (ex.Await, ex.Walrus)):
            yield from self.evaluate(expression.value, place)
        else:
            yield self.unknown(expression, place)

    def _attribute(self, expression: ex.Attribute, place: Place) -> Iterator[Value]:
        bases = set_together.of_tested_objects(self, expression, self.evaluate(expression.value, place), place)
        for base in bases:
            yield from objects.attribute(self, base, expression.attr, expression, place)

    def of_taken_branch(self, stores: list[Store], owner: Class, root: str, read: Place) -> list[Store]:
        """Those of several stores of an attribute on `self` that go with the tests on the way to where `root.attribute` is read."""
        return set_together.of_taken_branch(self, stores, owner, root, read)

    def of_tested_key(self, values: tuple[Value, ...], stores: list[Store], root: str, read: Place) -> tuple[Value, ...]:
        """Those of several values of an attribute on `self` that a table has by a key which the tests on the way let through."""
        return set_together.of_tested_key(self, values, stores, root, read)

    def _either(self, expression: ex.Conditional, place: Place) -> tuple[Value, ...]:
        if place.point.scope:
            self.read_from_frame()  # With other arguments, the test may be decided.
        chosen = feasible.truth(self, expression.test, place) if place.frame is not None else None
        if chosen is not None:
            return self.evaluate(expression.body if chosen else expression.orelse, place)
        both = (*self.evaluate(expression.body, place), *self.evaluate(expression.orelse, place))
        return among(both, partial(choice_rate.of_test, self, expression.test, place))

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
                self.read_from_frame()
                return None
            frame = frame.outer
        if depth > _DEEPEST_CALLS:
            self.read_from_frame()
            return None
        arguments = containers.arguments(self, function, call, place, extra) if call is not None else Arguments(extra)
        scope = function.module.scopes[function.scope]
        called = (place, call) if call is not None else None
        new = Frame(function.module, function.scope, arguments, depth, place.frame, called=called)
        return Place(function.module, Point(function.scope, scope.block, function.module.blocks[scope.block].last), new)

    def constructed(self, constructor: Function, made: Object) -> Place | None:
        """The end of a constructor's body as the construction of an object sees it: the same frame each time."""
        key = (constructor.module, constructor.scope, made)
        assert made.call is not None
        assert made.place is not None
        return self._constructed.find(key, partial(self.enter, constructor, made.call, made.place))

    def returned(self, function: Function, call: ex.Call | None, place: Place) -> tuple[Value, ...]:
        """What a function of the program returns for one call."""
        if self._is_of_receiver(function, call, place):
            key = ("returned", function.module, function.scope, function.receiver)
            known = self._returned.get(key)
            if known is not None:
                self.reads += function.receiver is not None
                return known
            before = self.progress.start(key)
            if before is None:
                return ()
            values: tuple[Value, ...] = ()
            is_complete = False
            try:
                values = self._find_returned(function, call, Place(place.module, place.point))
            finally:
                is_complete = self.progress.finish(key, before)
            self._returned.keep(key, values, is_complete)
            return values
        return self._find_returned(function, call, place)

    def _is_of_receiver(self, function: Function, call: ex.Call | None, place: Place) -> bool:
        """Whether what a function returns depends on what it is bound to, and on nothing else."""
        is_nested = function.module.scopes[function.module.scopes[function.scope].parent or 0].kind == "function"
        return (call is None or not call.args) and not (is_nested and place.frame is not None)

    def returns_unsettled(self, function: Function, call: ex.Call, place: Place) -> bool:
        seen_from = Place(place.module, place.point) if self._is_of_receiver(function, call, place) else place
        inside = self.enter(function, call, seen_from)
        if inside is None or function.module.scopes[function.scope].is_generator:
            return True
        exits = [leave for leave in function.module.exits_by_scope.get(function.scope) if leave.kind == "return"]
        return all(leave.value is None for leave in exits) or self._unsettled.any_exit(exits, inside)

    def _find_returned(self, function: Function, call: ex.Call | None, place: Place) -> tuple[Value, ...]:
        inside = self.enter(function, call, place)
        if inside is None or function.module.scopes[function.scope].is_generator:
            return ()
        module = function.module
        exits = []
        values: list[Value] = []
        for leave in module.exits_by_scope.get(function.scope):
            if leave.kind == "return" and leave.value is not None and len(values) <= MOST_ALTERNATIVES:
                there = inside.at(leave.scope, leave.block, leave.order)
                if feasible.is_feasible(self, there):
                    exits.append(leave)
                    values.extend(self.evaluate(leave.value, there))
        returns = module.scopes[function.scope].returns
        if returns is not None and all(isinstance(value, Unknown) for value in values):
            # Where the source does not tell which object it is, its annotation tells the class: `def make(name) -> Reader`.
            values.extend(objects.annotated(self, returns, self.around(function)))
        return among(values, partial(choice_rate.of_returns, self, module, exits, inside.frame))
