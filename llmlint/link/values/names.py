"""What a name is where it is used: the bindings that reach it, parameters, `self`, imports."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.names.keys import keys_in
from llmlint.link.values import carried as carried_names
from llmlint.link.values import (
    changes_before_use,
    choice_rate,
    containers,
    feasible,
    known_calls,
    objects,
    options,
    tested_with,
    unrolling,
)
from llmlint.link.values.place import Frame, Place
from llmlint.link.values.progress import Memory
from llmlint.link.values.seen import look_up
from llmlint.link.values.texts import as_text, concatenate
from llmlint.link.values.values import (
    Class,
    External,
    Function,
    Hole,
    Items,
    Known,
    Literal,
    Object,
    Package,
    Record,
    Stability,
    Text,
    Unknown,
    Value,
    among,
    unique,
    with_source,
)
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, Parameter, Scope
from llmlint.sdks import packages
from llmlint.source import Span

if TYPE_CHECKING:
    from llmlint.link.values.evaluation import Evaluation

_LONGEST_RUN = 400


class Names:
    """Finds the values of names for an evaluator."""

    def __init__(self, evaluator: Evaluation) -> None:
        self._evaluator = evaluator
        self._exported_values: Memory[tuple[Value, ...]] = evaluator.progress.memory()
        self._augmenting: set[tuple[Binding, Frame | None]] = set()

    def values(self, name: ex.Name, place: Place) -> Iterator[Value]:
        """What a name can be at a place."""
        seen = look_up(self._evaluator, name.id, place)
        if seen is None:
            yield from self._star_imported(name, place)
        elif seen.bindings:
            inside, circle = seen.inside, seen.circle
            if circle is not None:
                first = unique(self._seen(name, circle.earlier, inside, seen.scope, seen.parameter))
                grown = carried_names.grown(self._evaluator, first, circle.carried, inside, (circle.loop, name.id))
                if grown is not None:
                    yield from grown
                    return
            yield from self._seen(name, seen.bindings, inside, seen.scope, seen.parameter)
        elif seen.own is not None:
            yield from self._self(seen.own, seen.inside, seen.scope, name)
        elif seen.parameter is not None:
            yield from self._parameter(seen.parameter, seen.inside, seen.scope, name)

    def _seen(
        self, name: ex.Name, bindings: Sequence[Binding], inside: Place, scope: int, parameter: Parameter | None
    ) -> Iterator[Value]:
        """What a name is by some of its bindings in a scope, or as a parameter that is not bound anew."""
        if not bindings and parameter is not None:
            yield from self._parameter(parameter, inside, scope, name)
            return
        has_run = False
        is_several = len(bindings) > 1 or parameter is not None
        if scope and is_several:
            self._evaluator.read_from_frame()  # With other arguments, other bindings are seen.
        if inside.frame is not None and is_several:
            bindings, has_run = feasible.reaching(self._evaluator, bindings, inside)
        is_given = parameter is not None and not has_run and self._may_be_unbound(bindings, inside.point, inside.module)
        yield from self._bound_or_given(name, bindings, inside, parameter if is_given else None)

    def _bound_or_given(
        self, name: ex.Name, bindings: Sequence[Binding], place: Place, parameter: Parameter | None
    ) -> Iterator[Value]:
        bound = self._bound(name, bindings, place)
        if parameter is None:
            yield from bound
            return
        given = tuple(self._parameter(parameter, place, place.point.scope, name))
        yield from among((*bound, *given), partial(choice_rate.of_rebinding, self._evaluator, bindings, given, place))

    def _may_be_unbound(self, bindings: Sequence[Binding], here: Point, module: ModuleIndex) -> bool:
        """Whether a parameter's own value can reach past all rebindings: none of them is certain to have run."""
        inside = {block.id for block in module.block_path(here.block)}
        return not any(
            binding.order < here.order and all(block.id in inside for block in module.conditions(binding.block))
            for binding in bindings
        )

    def _self(self, own: Scope, place: Place, scope: int, name: ex.Name) -> Iterator[Value]:
        self._evaluator.read_from_frame()
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
        self._evaluator.read_from_frame()
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
        is_known = frame is not None and not frame.is_open
        values = list(options.decorated_default(self._evaluator, place.module, scope, parameter.name, outside))
        # Callers in sight pass what each of them passes, and an option is chosen once in a process.
        chosen = Stability.UNKNOWN if values else Stability.VARYING
        is_passed_by_all = False
        if frame is None and not values:
            given = self._evaluator.arguments_given(place.module, scope, parameter)
            is_passed_by_all = given.is_given_by_all
            values += given.values
            chosen = Stability.UNKNOWN if given.values else Stability.VARYING
        if parameter.default is not None and not is_passed_by_all:
            for value in self._evaluator.evaluate(parameter.default, outside):
                if is_known or not (isinstance(value, Literal) and value.value is None):
                    values.append(with_source(value, "default"))
        if parameter.annotation is not None:
            values += objects.annotated(self._evaluator, parameter.annotation, outside)
        if not (is_known or is_passed_by_all) or parameter.default is None:
            values.append(Unknown(Stability.VARYING, place.span(name), name, place))
        yield from among(values, chosen)

    def _definition_point(self, module: ModuleIndex, scope: int) -> tuple[int, int, int]:
        parent = module.scopes[scope].parent or 0
        block = module.blocks[module.scopes[scope].block].parent
        return parent, block if block is not None else 0, module.scopes[scope].order

    def _bound(self, name: ex.Name, bindings: Sequence[Binding], place: Place) -> Iterator[Value]:
        after_loop = self._bound_in_loop(name, bindings, place)
        if after_loop is not None:
            yield from after_loop
            return
        found = (
            changes_before_use.with_changes(self._evaluator, value, binding, place)
            for binding in bindings
            for value in self._binding(binding, place, name)
        )
        if len(bindings) == 1:
            yield from found
        else:
            yield from among(found, partial(choice_rate.of_bindings, self._evaluator, bindings, place))

    def _bound_in_loop(self, name: ex.Name, bindings: Sequence[Binding], place: Place) -> tuple[Value, ...] | None:
        """What a name is after a loop over items that the source tells, whose iterations bind it; None where there is no such loop."""
        module = place.module
        loop = unrolling.loop_before(module, bindings, place)
        if loop is None:
            return None
        inside = [each for each in module.bindings(loop.scope, name.id) if loop.first < each.order < loop.last]
        if any(each.kind not in ("assign", "augment") or each.value is None for each in inside):
            return None
        if any(each.kind == "assign" and each.value is not None and name.id in keys_in(module, each.value) for each in inside):
            return None
        found = unrolling.unrolled(self._evaluator, loop, inside, place)
        if found is None or (found[1] and (not found[0] or any(each.kind == "augment" for each in inside))):
            return None
        start = place.at(loop.scope, loop.parent or 0, loop.first)
        earlier = module.reaching(name.id, start.point)
        values = unique(self._bound(name, earlier, start)) if earlier else ()
        for binding, there in found[0]:
            if binding.kind == "assign":
                values = unique(self._binding(binding, there, name))
            else:
                values = unique(added for left in values for added in self._added(left, binding, there, name, repeats=False))
        return values

    def _binding(self, binding: Binding, place: Place, name: ex.Name) -> Iterator[Value]:
        there = place.at(binding.scope, binding.block, binding.order)
        if binding.kind == "import":
            yield from self._imported(binding, place)
        elif binding.kind == "def" and binding.scope_id is not None:
            yield Function(place.module, binding.scope_id)
        elif binding.kind == "class" and binding.scope_id is not None:
            yield Class(place.module, binding.scope_id)
        elif binding.kind == "augment" and binding.value is not None:
            # Each statement under a condition may add to what each of the earlier ones has left.
            key = ("augmented", there.module, binding, there.frame)
            yield from self._evaluator.once(key, partial(self._augmented, binding, there, name))
        elif binding.kind == "for" and binding.value is not None:
            yield from containers.element(self._evaluator, binding, there)
        elif binding.value is None:
            if binding.annotation is not None:
                yield from objects.annotated(self._evaluator, binding.annotation, there)
            yield Unknown(Stability.VARYING, place.span(name), name, there)
        else:
            values = self._evaluator.evaluate(binding.value, there)
            values = tested_with.of_returned_together(self._evaluator, values, binding, place)
            values = containers.unpack(values, binding.path, there.span(binding.value))
            for value in tested_with.of_tested_key(self._evaluator, values, binding, place):
                yield with_source(value, "constant")

    def _augmented(self, binding: Binding, there: Place, name: ex.Name) -> tuple[Value, ...]:
        """What a name is after `name += …`: statements one after the other are followed back without recursion, however many there are."""
        run = [binding]
        while len(run) < _LONGEST_RUN:
            earlier = self._before(run[-1], there, name)
            if len(earlier) != 1 or earlier[0].kind != "augment" or (earlier[0], there.frame) in self._augmenting:
                break
            run.append(earlier[0])
        values: tuple[Value, ...] = ()
        if len(run) < _LONGEST_RUN and (run[-1], there.frame) not in self._augmenting:
            here = there.at(run[-1].scope, run[-1].block, run[-1].order)
            self._augmenting.add((run[-1], there.frame))
            values = unique(self._bound(name, self._before(run[-1], here, name), here))
            self._augmenting.discard((run[-1], there.frame))
        else:
            self._evaluator.progress.cut()
        values = values or (self._evaluator.unknown(name, there, Stability.VARYING),)
        while run:
            current = run.pop()
            here = there.at(current.scope, current.block, current.order)
            repeats = bool(here.module.loops(current.block))
            values = unique(added for left in values for added in self._added(left, current, here, name, repeats=repeats))
            if run:
                next_one = there.at(run[-1].scope, run[-1].block, run[-1].order)
                values = unique(changes_before_use.with_changes(self._evaluator, value, current, next_one) for value in values)
        return values

    def _before(self, binding: Binding, there: Place, name: ex.Name) -> list[Binding]:
        """The bindings that an augmented assignment may add to."""
        here = Point(binding.scope, binding.block, binding.order)
        return [each for each in there.module.reaching(name.id, here) if each is not binding and each.order < binding.order]

    def _added(self, left: Value, binding: Binding, there: Place, name: ex.Name, *, repeats: bool) -> Iterator[Value]:
        """`left += …`, once or any number of times."""
        assert binding.value is not None
        added = self._evaluator.evaluate(binding.value, there)
        at = there.span(binding.value)
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
        elif binding.operator == "|" and isinstance(left, Record) and not repeats:
            yield containers.merge(self._evaluator, left, added, at)
        else:
            yield Unknown(Stability.VARYING, at, name, there)

    def _imported(self, binding: Binding, place: Place) -> Iterator[Value]:
        module = self._evaluator.program.find_import(place.module, binding.module, binding.level)
        if binding.member is None:
            yield Package(module) if module is not None else External(binding.module)
            return
        if module is not None:
            found = self.exported(module, binding.member)
            if found:
                yield from found
                return
        package = f"{binding.module}.{binding.member}" if binding.module else binding.member
        inner = self._evaluator.program.find_import(place.module, package, binding.level)
        if inner is not None:
            yield Package(inner)
        elif binding.level or (module is not None and not self._is_installed(module, binding.module, binding.member)):
            yield Unknown(Stability.UNKNOWN, Span(place.module.path, binding.start, binding.end))
        else:
            yield External(package)

    def _is_installed(self, module: ModuleIndex, imported: str, member: str) -> bool:
        """Whether an SDK is meant that a folder of the program has the name of: one with `agents/`, which imports `Runner` from OpenAI's `agents`.
        Neither the folder nor another by its name further out has the member."""
        if imported.partition(".")[0] not in packages():
            return False
        outer: ModuleIndex | None = module
        while outer is not None:
            end = outer.at_end_of(0)
            if outer.facts.star_imports or outer.reaching(member, end) or outer.reaching("__getattr__", end):
                return False
            found = self._evaluator.program.find_import(outer, imported, 0)
            outer = found if found is not outer else None
        return True

    def exported(self, module: ModuleIndex, name: str) -> tuple[Value, ...]:
        """What a name of a module is to those who import it; empty where the module does not bind it, or only from itself in a circle."""
        key = ("exported", module.path, name)
        known = self._exported_values.get(key)
        if known is not None:
            return known
        if not self._evaluator.may_go_on():
            self._evaluator.progress.cut()
            return ()
        before = self._evaluator.progress.start(key)
        if before is None:
            return ()
        values: tuple[Value, ...] = ()
        is_complete = False
        try:
            values = self._exported(module, name)
        finally:
            is_complete = self._evaluator.progress.finish(key, before)
        self._exported_values.keep(key, values, is_complete)
        return values

    def _exported(self, module: ModuleIndex, name: str) -> tuple[Value, ...]:
        end = module.at_end_of(0)
        bindings = module.reaching(name, end)
        inside = Place(module, end)
        if bindings:
            return unique(self._bound(ex.Name(bindings[0].start, bindings[0].end, name), bindings, inside))
        for star in module.facts.star_imports:
            source = self._evaluator.program.find_import(module, star.module, star.level)
            found = self.exported(source, name) if source is not None else ()
            if found:
                return found
        return ()

    def _star_imported(self, name: ex.Name, place: Place) -> Iterator[Value]:
        for star in place.module.facts.star_imports:
            source = self._evaluator.program.find_import(place.module, star.module, star.level)
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
            yield Text((Known(self._evaluator.program.disk.absolute(place.module.path), at),), at)
        elif name.id in ("__name__", "__package__"):
            parts = place.module.path.removesuffix(".py").removesuffix("/__init__").split("/")
            at = place.span(name)
            yield Text((Known(".".join(parts if name.id == "__name__" else parts[:-1]), at),), at)
        elif name.id in known_calls.BUILTINS:
            yield External(f"builtins.{name.id}")
        else:
            yield Unknown(Stability.UNKNOWN, place.span(name), name, place)
