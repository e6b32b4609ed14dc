"""From an expression to what it can be: a lazy, bounded evaluation over facts that runs nothing."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator, Sequence

from llmlint.link.calls import callers
from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.program.program import Program
from llmlint.link.values import changes_before_use, containers, iterations, known_calls, objects, operators
from llmlint.link.values.place import Arguments, Frame, Place
from llmlint.link.values.stability import stability_at
from llmlint.link.values.values import (
    MOST_ALTERNATIVES,
    Class,
    External,
    Function,
    Hole,
    Items,
    Known,
    Literal,
    Object,
    Package,
    Stability,
    Text,
    Unknown,
    Value,
    as_text,
    concatenate,
    unique,
    with_source,
)
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, Parameter, Scope
from llmlint.source import Span

_DEEPEST = 40
_DEEPEST_CALLS = 6
_PYTHON_FRAMES = 6000


class Evaluator:
    """Evaluates expressions of one program; remembers what it has found."""

    def __init__(self, program: Program) -> None:
        self.program = program
        # Evaluation is as deep as the program under review is, and bounded by `_DEEPEST`; Python's default is less than that takes.
        sys.setrecursionlimit(max(sys.getrecursionlimit(), _PYTHON_FRAMES))
        self._memory: dict[tuple[ex.Expr, Frame | None], tuple[Value, ...]] = {}
        self._returned: dict[tuple[ModuleIndex, int, Value | None], tuple[Value, ...]] = {}
        self._open: set[tuple[ex.Expr, Frame | None]] = set()
        self._exporting: set[tuple[str, str]] = set()
        self._augmenting: set[tuple[Binding, Frame | None]] = set()
        self.callers = callers.Callers(self)
        self.callers_depth = 0
        self._depth = 0

    def evaluate(self, expression: ex.Expr, place: Place) -> tuple[Value, ...]:
        """All values that the source tells, never empty: what it does not tell is an `Unknown` among them."""
        key = (expression, place.frame)
        if key in self._memory:
            return self._memory[key]
        if key in self._open or self._depth >= _DEEPEST:
            return (Unknown(Stability.VARYING, place.span(expression), expression, place),)
        self._open.add(key)
        self._depth += 1
        try:
            values = unique(self._evaluate(expression, place)) or (self.unknown(expression, place),)
        finally:
            self._depth -= 1
            self._open.discard(key)
        self._memory[key] = values
        return values

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
            yield from self._name(expression, place)
        elif isinstance(expression, ex.Attribute):
            for base in self.evaluate(expression.value, place):
                yield from objects.attribute(self, base, expression.attr, expression, place)
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

    def _name(self, name: ex.Name, place: Place) -> Iterator[Value]:
        module, point = place.module, place.point
        scope: int | None = point.scope
        here, frame = point, place.frame
        while scope is not None:
            if module.scopes[scope].kind != "class" or scope == point.scope:
                own = module.method_of_self(scope, name.id)
                parameter = module.parameter(scope, name.id)
                bindings = module.reaching(name.id, here)
                inside = Place(module, here, frame)
                if bindings:
                    yield from self._bound(name, bindings, inside)
                    if parameter is not None and self._may_be_unbound(bindings, here, module):
                        yield from self._parameter(parameter, inside, scope, name)
                    return
                if own is not None:
                    yield from self._self(own, inside, scope, name)
                    return
                if parameter is not None:
                    yield from self._parameter(parameter, inside, scope, name)
                    return
            if frame is not None and frame.module is module and frame.scope == scope:
                frame = frame.outer
            scope = module.scopes[scope].parent
            if scope is not None:
                here = module.at_end_of(scope)
        yield from self._star_imported(name, place)

    def _may_be_unbound(self, bindings: Sequence[Binding], here: Point, module: ModuleIndex) -> bool:
        """Whether a parameter's own value can reach past all rebindings: none of them is certain to have run."""
        inside = {block.id for block in module.block_path(here.block)}
        return not any(
            binding.order < here.order and all(block.id in inside for block in module.conditions(binding.block))
            for binding in bindings
        )

    def _self(self, own: Scope, place: Place, scope: int, name: ex.Name) -> Iterator[Value]:
        frame = place.frame
        while frame is not None:
            if frame.module is place.module and frame.scope == scope:
                given = frame.arguments.get(name.id)
                if given is not None:
                    yield from given
                    return
            frame = frame.outer
        owner = Class(place.module, own.id)
        is_class = any(ex.dotted_name(decorator) == "classmethod" for decorator in place.module.scopes[scope].decorators)
        yield owner if is_class else Object(owner, None, None)

    def _parameter(self, parameter: Parameter, place: Place, scope: int, name: ex.Name) -> Iterator[Value]:
        frame = place.frame
        while frame is not None:
            if frame.module is place.module and frame.scope == scope:
                passed = frame.arguments.get(parameter.name)
                if passed is not None:
                    yield from passed
                    return
                break
            frame = frame.outer
        outside = place.at(*self._definition_point(place.module, scope))
        options = known_calls.decorated_default(self, place.module, scope, parameter.name, outside)
        yield from options
        is_passed_by_all = False
        if frame is None and not options:
            given = callers.arguments_given(self, place.module, scope, parameter)
            is_passed_by_all = given.is_given_by_all
            yield from given.values
        if parameter.default is not None and not is_passed_by_all:
            for value in self.evaluate(parameter.default, outside):
                if not (isinstance(value, Literal) and value.value is None):
                    yield with_source(value, "default")
        if parameter.annotation is not None:
            yield from objects.annotated(self, parameter.annotation, outside)
        if (frame is None and not is_passed_by_all) or parameter.default is None:
            yield Unknown(Stability.VARYING, place.span(name), name, place)

    def _definition_point(self, module: ModuleIndex, scope: int) -> tuple[int, int, int]:
        parent = module.scopes[scope].parent or 0
        block = module.blocks[module.scopes[scope].block].parent
        return parent, block if block is not None else 0, module.scopes[scope].order

    def _bound(self, name: ex.Name, bindings: Sequence[Binding], place: Place) -> Iterator[Value]:
        for binding in bindings:
            for value in self._binding(binding, place, name):
                yield changes_before_use.with_changes(self, value, binding, place)

    def _binding(self, binding: Binding, place: Place, name: ex.Name) -> Iterator[Value]:
        there = place.at(binding.scope, binding.block, binding.order)
        if binding.kind == "import":
            yield from self._imported(binding, place)
        elif binding.kind == "def" and binding.scope_id is not None:
            yield Function(place.module, binding.scope_id)
        elif binding.kind == "class" and binding.scope_id is not None:
            yield Class(place.module, binding.scope_id)
        elif binding.kind == "augment" and binding.value is not None:
            yield from self._augmented(binding, there, name)
        elif binding.kind == "for" and binding.value is not None:
            yield from containers.element(self, binding, there)
        elif binding.value is None:
            if binding.annotation is not None:
                yield from objects.annotated(self, binding.annotation, there)
            yield Unknown(Stability.VARYING, place.span(name), name, there)
        else:
            values = self.evaluate(binding.value, there)
            for step in binding.path:
                values = containers.unpack(values, step, there.span(binding.value))
            for value in values:
                yield with_source(value, "constant")

    def _augmented(self, binding: Binding, there: Place, name: ex.Name) -> Iterator[Value]:
        assert binding.value is not None
        before: tuple[Value, ...] = ()
        if (binding, there.frame) not in self._augmenting:
            self._augmenting.add((binding, there.frame))
            before = unique(
                changes_before_use.with_changes(self, value, earlier, there)
                for earlier in there.module.reaching(name.id, there.point)
                if earlier is not binding and earlier.order < binding.order
                for value in self._binding(earlier, there, name)
            )
            self._augmenting.discard((binding, there.frame))
        added = self.evaluate(binding.value, there)
        at = there.span(binding.value)
        repeats = bool(there.module.loops(binding.block))
        for left in before or (self.unknown(name, there, Stability.VARYING),):
            if binding.operator == "+" and isinstance(left, Text):
                tail = Text((Hole(Stability.VARYING, at),), at) if repeats else as_text(added, at)
                yield concatenate((left, tail), left.at)
            elif binding.operator == "+" and isinstance(left, Items):
                extra = added[0] if len(added) == 1 and isinstance(added[0], Items) and not repeats else None
                yield dataclasses.replace(
                    left,
                    items=left.items + (extra.items if extra else ()),
                    is_open=left.is_open or extra is None or extra.is_open,
                )
            else:
                yield Unknown(Stability.VARYING, at, name, there)

    def _imported(self, binding: Binding, place: Place) -> Iterator[Value]:
        module = self.program.find_import(place.module, binding.module, binding.level)
        if binding.member is None:
            yield Package(module) if module is not None else External(binding.module)
            return
        if module is not None:
            found = self.exported(module, binding.member)
            if found:
                yield from found
                return
        package = f"{binding.module}.{binding.member}" if binding.module else binding.member
        inner = self.program.find_import(place.module, package, binding.level)
        if inner is not None:
            yield Package(inner)
        elif module is not None or binding.level:
            yield Unknown(Stability.UNKNOWN, Span(place.module.path, binding.start, binding.end))
        else:
            yield External(package)

    def exported(self, module: ModuleIndex, name: str) -> tuple[Value, ...]:
        """What a name of a module is to those who import it; empty where the module does not bind it, or only from itself in a circle."""
        if (module.path, name) in self._exporting:
            return ()
        self._exporting.add((module.path, name))
        try:
            return self._exported(module, name)
        finally:
            self._exporting.discard((module.path, name))

    def _exported(self, module: ModuleIndex, name: str) -> tuple[Value, ...]:
        end = module.at_end_of(0)
        bindings = module.reaching(name, end)
        inside = Place(module, end)
        if bindings:
            return unique(self._bound(ex.Name(bindings[0].start, bindings[0].end, name), bindings, inside))
        for star in module.facts.star_imports:
            source = self.program.find_import(module, star.module, star.level)
            found = self.exported(source, name) if source is not None else ()
            if found:
                return found
        return ()

    def _star_imported(self, name: ex.Name, place: Place) -> Iterator[Value]:
        for star in place.module.facts.star_imports:
            source = self.program.find_import(place.module, star.module, star.level)
            if source is not None and source is not place.module:
                found = self.exported(source, name.id)
                if found:
                    yield from found
                    return
            elif star.level == 0 and name.id[:1].isupper():
                yield External(f"{star.module}.{name.id}")
                return
        if name.id == "__file__":
            at = place.span(name)
            yield Text((Known(self.program.disk.absolute(place.module.path), at),), at)
        elif name.id in ("__name__", "__package__"):
            parts = place.module.path.removesuffix(".py").removesuffix("/__init__").split("/")
            at = place.span(name)
            yield Text((Known(".".join(parts if name.id == "__name__" else parts[:-1]), at),), at)
        elif name.id in known_calls.BUILTINS:
            yield External(f"builtins.{name.id}")
        else:
            yield Unknown(Stability.UNKNOWN, place.span(name), name, place)

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
            if key not in self._returned:
                self._returned[key] = ()  # For those that ask again on the way.
                alone = Place(place.module, place.point)
                self._returned[key] = self._find_returned(function, call, alone)
            return self._returned[key]
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
