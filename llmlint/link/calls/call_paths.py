"""The call paths of a function: each chain of calls by which it is reached from where the program starts.

A program starts in the body of a module, a request handler, a command, a job, or in a function that nobody in sight calls. Arguments are bound
once for each path, from its start to the function, so that everything that is evaluated in its frame fits together: a prompt and a model that
two different callers pass are never mixed.

Paths are looked for level by level, callers nearest to the function first, and production code before tests. Where there are more than
`_MOST_PATHS`, the callers of those further out stay unknown, and such a path is not `is_complete`. Of calls in loops, which are most of what is
paid for, up to as many again are followed. Packages that lie side by side are installed ones as a rule, which nobody
here fixes: their paths are followed less far.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from llmlint.findings import Confidence
from llmlint.link.calls import interactive, runners
from llmlint.link.calls.evaluator import Evaluator, evaluator_of
from llmlint.link.calls.uses import Use, is_inside
from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.link.rests import Results
from llmlint.link.values import containers, iterations, objects
from llmlint.link.values.feasible import is_feasible
from llmlint.link.values.place import Arguments, Frame, Place
from llmlint.link.values.values import Class, Function, Object, Stability, Unknown, Value, unique
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Scope
from llmlint.source import Span

_DEEPEST = 8
_MOST_PATHS = 32
# Of packages that lie side by side.
_DEEPEST_OF_PACKAGE = 4
_MOST_PATHS_OF_PACKAGE = 8
_MOST_USES = 24
_MOST_OBJECTS = 4
_DEEPEST_ARGUMENT = 3

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, eq=False)
class Hop:
    """One call of a path: a function of the program is called, or run by something that it is passed to, at a use.

    `is_mapped`: it is run once for each item of what else its runner is given. `is_unseen`: what it is passed to may call it with anything.
    """

    use: Use
    target: Function
    is_mapped: bool = False
    is_unseen: bool = False

    @property
    def at(self) -> Span:
        return Span(self.use.module.path, self.use.fact.call.start, self.use.fact.call.end)


@dataclass(frozen=True, eq=False)
class CallPath:
    """One way to reach a function. `hops` lead from the function to its callers; `frames` are those of the function and of its callers
    (None in the body of a module). `is_complete` is false where more callers may exist than were looked at."""

    module: ModuleIndex
    scope: int
    hops: tuple[Hop, ...]
    frames: tuple[Frame | None, ...]
    is_complete: bool = True

    def certainty(self, program: Program) -> Confidence:
        """How sure it is that the calls lead to the function: medium where related classes alone have a method of that name, one of which is
        called, and low where others have it too."""
        return min((_certainty(program, hop) for hop in self.hops), default=Confidence.HIGH)

    def runs_once(self, block: int) -> bool:
        """Whether a program gets on this path to a block of the function once: its path starts in the body of a module and has no loop."""
        _, top_scope = _outer(self.hops) if self.hops else (self.module, self.scope)
        if top_scope or not self.is_complete or self.module.loops(block):
            return False
        return not any(hop.is_mapped or hop.is_unseen or hop.use.module.loops(hop.use.fact.block) for hop in self.hops)

    @property
    def starts_in_script(self) -> bool:
        """Whether the path starts in the body of a file, and all its calls are calls of functions by their names."""
        are_plain = all(hop.use.argument is None and isinstance(hop.use.function, ex.Name) for hop in self.hops)
        return bool(self.hops) and self.is_complete and are_plain and _outer(self.hops)[1] == 0

    @property
    def starts_in_notebook(self) -> bool:
        """Whether the path starts in a cell of a notebook."""
        top, top_scope = _outer(self.hops) if self.hops else (self.module, self.scope)
        return top_scope == 0 and top.path.endswith(".ipynb")

    def at(self, point: Point) -> Place:
        """A point of the function, as this path reaches it."""
        return Place(self.module, point, self.frames[0])


Hops = tuple[Hop, ...]


class CallPaths:
    """Finds the call paths of functions; remembers them."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        is_project = evaluator.program.package_groups.is_project
        self._deepest = _DEEPEST if is_project else _DEEPEST_OF_PACKAGE
        self._most_paths = _MOST_PATHS if is_project else _MOST_PATHS_OF_PACKAGE
        self._known: Results[tuple[str, int], tuple[CallPath, ...]] = Results()
        self._frames: Results[tuple[Hop, Frame | None, Value | None], Frame] = Results()
        self._roots: Results[tuple[str, int, Value | None], Frame] = Results()
        self._receivers: Results[tuple[Hop, Frame | None], tuple[Value | None, ...]] = Results()
        self._hops: Results[tuple[str, int], tuple[tuple[Hops, ...], bool]] = Results()
        self._reached: Results[tuple[Hop, Frame | None], bool] = Results()

    def of(self, module: ModuleIndex, scope: int) -> tuple[CallPath, ...]:
        """The call paths of the function that a scope is, or lies in; never empty."""
        while module.scopes[scope].kind == "class":
            scope = module.scopes[scope].parent or 0
        key = (module.path, scope)
        return self._known.find(key, lambda: tuple(self._find(module, scope)))

    def _find(self, module: ModuleIndex, scope: int) -> Iterator[CallPath]:
        found = [
            path for hops, is_complete in self._chains(module, scope) for path in self._entered(module, scope, hops, is_complete)
        ]
        if found:
            kept = _with_more_repeated(found, self._most_paths, lambda path: _is_repeated(path.hops))
            for path in kept:
                yield path if len(kept) == len(found) else dataclasses.replace(path, is_complete=False)
        else:
            yield self.unseen(module, scope)

    def unseen(self, module: ModuleIndex, scope: int) -> CallPath:
        """The path to a function from somewhere out of sight: no caller in sight can get to the place in question."""
        frame = self._root(module, scope, None) if scope else None
        return CallPath(module, scope, (), (frame,), is_complete=False)

    # Upwards: chains of calls

    def _chains(self, module: ModuleIndex, scope: int) -> Iterator[tuple[Hops, bool]]:
        """The chains of calls to a function, shortest first, and whether nothing more can call the function at their end."""
        level: list[tuple[Hops, ModuleIndex, int, bool]] = [((), module, scope, True)]
        done = 0
        for depth in range(self._deepest + 1):
            following: list[tuple[Hops, ModuleIndex, int, bool]] = []
            for number, (hops, top, top_scope, are_all) in enumerate(level):
                callers, is_complete = self._callers(top, top_scope) if depth < self._deepest else ((), top_scope == 0)
                is_complete = is_complete and are_all
                seen = {(hop.target.module.path, hop.target.scope) for hop in hops} | {(top.path, top_scope)}
                callers = tuple(more for more in callers if (_outer(more)[0].path, _outer(more)[1]) not in seen)
                waiting = len(level) - number - 1
                is_cut = bool(hops) and done + waiting + len(following) + len(callers) > self._most_paths
                if is_cut and callers:
                    is_complete = False
                    callers = () if _is_repeated(hops) else tuple(more for more in callers if _is_repeated(more))[:1]
                if is_cut or not callers:
                    # Calls of itself alone start nothing: the function is also called from out of sight.
                    done += 1
                    yield hops, is_complete
                following += [((*hops, *more), *_outer(more), is_complete) for more in callers]
            level = following

    def _callers(self, module: ModuleIndex, scope: int) -> tuple[tuple[Hops, ...], bool]:
        """What calls a function: one call, or, for a function that is passed to another of the program, the calls in there and of that."""
        key = (module.path, scope)
        return self._hops.find(key, partial(self._find_callers, module, scope))

    def _find_callers(self, module: ModuleIndex, scope: int) -> tuple[tuple[Hops, ...], bool]:
        if scope == 0 or interactive.is_handler(self.evaluator.program, module, scope):
            return (), True
        uses = [
            use
            for use in self.evaluator.callers.uses(module, scope)
            if use.argument is None or not runners.only_looks(use.fact.call)
        ]
        kept = _with_more_repeated(uses, _MOST_USES, lambda use: bool(use.module.loops(use.fact.block)))
        found = [hops for use in kept for hops in self._hops_of(use, Function(module, scope))]
        return tuple(found), len(kept) == len(uses)

    def _hops_of(self, use: Use, target: Function, depth: int = 0) -> Iterator[Hops]:
        if use.argument is None:
            name = target.module.scopes[target.scope].name
            yield (Hop(use, target, is_mapped=runners.is_of_task(use.fact.call, name, runners.TASK_MAPS)),)
            return
        if runners.maps(use.fact.call, use.argument):
            yield (Hop(use, target, is_mapped=True),)
            return
        found = False
        for inner, receiving in self.evaluator.callers.uses_of_argument(use) if depth < _DEEPEST_ARGUMENT else ():
            if inner.argument is not None and runners.only_looks(inner.fact.call):
                continue
            found = True
            for hops in self._hops_of(inner, target, depth + 1):
                passing = Hop(Use(use.module, use.fact, None, use.is_certain, use.bound), receiving)
                # Where an object keeps what it is passed, another of its methods calls it, which has callers of its own.
                yield (*hops, passing) if _stands_in(receiving, hops) else hops
        if not found:
            yield (Hop(use, target, is_unseen=not runners.runs(use.fact.call)),)

    # Downwards: arguments

    def _entered(self, module: ModuleIndex, scope: int, hops: Hops, is_complete: bool) -> Iterator[CallPath]:
        """The paths of one chain of calls: one for each object whose method is called. None where a test on the way rules it out."""
        top, top_scope = _outer(hops) if hops else (module, scope)
        entered_by: list[tuple[Frame | None, ...]] = [(root,) for root in self._root_frames(top, top_scope)]
        for hop in reversed(hops):
            entered: list[tuple[Frame | None, ...]] = []
            for frames in entered_by:
                use = hop.use
                there = Place(use.module, Point(use.fact.scope, use.fact.block, use.fact.order), frames[0])
                if not self._reached.find((hop, there.frame), partial(is_feasible, self.evaluator, there)):
                    continue
                entered += [(self._enter(hop, there, receiver), *frames) for receiver in self._objects(hop, there)]
            entered_by, is_complete = entered[:_MOST_OBJECTS], is_complete and len(entered) <= _MOST_OBJECTS
        for frames in entered_by:
            yield CallPath(module, scope, hops, frames, is_complete)

    def _root_frames(self, module: ModuleIndex, scope: int) -> list[Frame | None]:
        if scope == 0:
            return [None]
        owner = _owner_of(module, module.scopes[scope])
        made = self._constructions(module, owner) if owner is not None else []
        return [self._root(module, scope, each) for each in made or [None]]

    def _constructions(self, module: ModuleIndex, owner: Scope) -> list[Value | None]:
        """The objects of a class that the program makes, where they are few."""
        of = Class(module, owner.id)
        constructor = objects.find_method(self.evaluator, of, "__init__")
        if constructor is None:
            return []
        found: list[Value | None] = []
        for use in self.evaluator.callers.uses(constructor.module, constructor.scope):
            if use.argument is not None or not use.is_certain:
                continue
            place = self.evaluator.place(use.module, use.fact.scope, use.fact.block, use.fact.order)
            for value in self.evaluator.evaluate(use.fact.call.func, place):
                if isinstance(value, Class) and of in objects.ancestry(self.evaluator, value):
                    found.append(Object(value, use.fact.call, place))
        return found if len(found) <= _MOST_OBJECTS else []

    def _root(self, module: ModuleIndex, scope: int, receiver: Value | None) -> Frame:
        """The frame of a function of which nobody knows what it is passed."""
        key = (module.path, scope, receiver)
        here = module.scopes[scope]
        known: dict[str, tuple[Value, ...]] = {}
        if receiver is not None and here.parameters:
            known[here.parameters[0].name] = (receiver,)
        return self._roots.find(key, lambda: Frame(module, scope, Arguments(known), 0, is_open=True))

    def _objects(self, hop: Hop, there: Place) -> tuple[Value | None, ...]:
        """What a method is bound to at a call, on one path; (None,) for a plain function; empty where the call leads elsewhere."""
        key = (hop, there.frame)
        return self._receivers.find(key, lambda: tuple(self._find_objects(hop, there)))

    def _find_objects(self, hop: Hop, there: Place) -> list[Value | None]:
        module, scope = hop.target.module, hop.target.scope
        here = module.scopes[scope]
        owner = _owner_of(module, here)
        if owner is None:
            return [None]
        use = hop.use
        called = use.fact.call.func if use.argument is None else use.fact.call.args[use.argument].value
        of, found, may_be_another = Class(module, owner.id), list[Value | None](), False
        for value in self.evaluator.evaluate(called, there):
            receiver = self._receiver(value, hop.target, here, of, use)
            if receiver is not None and receiver not in found:
                found.append(receiver)
            may_be_another = may_be_another or isinstance(value, Unknown) or not isinstance(value, (Function, Class, Object))
        if not found and may_be_another:
            return [Object(of, None, None)]
        return found[:_MOST_OBJECTS]

    def _receiver(self, value: Value, target: Function, here: Scope, of: Class, use: Use) -> Value | None:
        if isinstance(value, Function):
            if value.module is target.module and value.scope == target.scope:
                return value.receiver or Object(of, None, None)
            if value.module.scopes[value.scope].name == here.name:
                # The method of a base, which the object at hand may override.
                of_base = value.receiver.of if isinstance(value.receiver, Object) else None
                is_same = isinstance(of_base, Class) and of_base != of and of_base not in objects.ancestry(self.evaluator, of)
                return None if is_same else Object(of, None, None)
        elif isinstance(value, Class):
            there = self.evaluator.place(use.module, use.fact.scope, use.fact.block, use.fact.order)
            return Object(value, use.fact.call, there)
        elif isinstance(value, Object) and here.name == "__call__":
            if value.of == of or not isinstance(value.of, Class):
                return value
            ancestry = list(objects.ancestry(self.evaluator, of))
            derived = list(objects.ancestry(self.evaluator, value.of))
            return value if of in derived else Object(of, None, None) if value.of in ancestry else None
        return None

    def _enter(self, hop: Hop, there: Place, receiver: Value | None) -> Frame:
        key = (hop, there.frame, receiver)
        return self._frames.find(key, partial(self._new_frame, hop, there, receiver))

    def _new_frame(self, hop: Hop, there: Place, receiver: Value | None) -> Frame:
        module, scope, use = hop.target.module, hop.target.scope, hop.use
        function = Function(module, scope, receiver)
        call = use.fact.call
        given = use.bound if hop.is_unseen or hop.is_mapped else use.given
        passed = ex.Call(call.start, call.end, call.func, given)
        arguments = containers.arguments(self.evaluator, function, passed, there)
        if hop.is_mapped:
            arguments.give(self._item(there, use, module.scopes[scope], arguments))
        is_in_body = there.point.scope == 0 and not hop.is_unseen and not there.module.loops(there.point.block)
        origin = (there.module, there.point) if is_in_body else None
        called = (there, call) if use.argument is None and not hop.is_unseen and not hop.is_mapped else None
        run_by = (there, use.function) if use.argument is not None and not hop.is_unseen else None
        return Frame(module, scope, arguments, 0, there.frame, is_open=hop.is_unseen, origin=origin, called=called, run_by=run_by)

    def _item(self, there: Place, use: Use, scope: Scope, given: Arguments) -> dict[str, tuple[Value, ...]]:
        """What a function that is run once for each item is passed: an item of each list that its runner is given, or the parts of one."""
        call = use.fact.call
        missing = [each.name for each in scope.parameters if each.kind == "positional" and each.name not in given]
        behind = 0 if use.argument is None else use.argument + 1
        mapped = [argument for argument in call.args[behind:] if argument.keyword is None and not argument.star]
        if runners.unpacks(call) and mapped:
            return {name: self._each(there, mapped[0].value, (number,)) for number, name in enumerate(missing)}
        found = {name: self._each(there, argument.value, ()) for name, argument in zip(missing, mapped, strict=False)}
        return found or dict.fromkeys(missing[:1], (Unknown(Stability.VARYING, there.span(call)),))

    def _each(self, there: Place, iterable: ex.Expr, path: tuple[int, ...]) -> tuple[Value, ...]:
        """What each item of an iterable can be, or a part of it."""
        varying = (Unknown(Stability.VARYING, there.span(iterable)),)
        expression, path = iterations.taken_from(iterable, path)
        found = [iterations.made_each_time(self.evaluator, value) for value in self.evaluator.evaluate(expression, there)]
        items = unique(value for values in found for value in values or varying)
        return containers.unpack(items, path, there.span(iterable))


_PATHS: Memo[None, CallPaths] = Memo()


def paths_of(program: Program) -> CallPaths:
    """The call paths of a program, made when they are first asked for."""
    return _PATHS.get(program, None, lambda: CallPaths(evaluator_of(program)))


def _certainty(program: Program, hop: Hop) -> Confidence:
    if hop.use.is_certain:
        return Confidence.HIGH
    module, scope = hop.target.module, hop.target.module.scopes[hop.target.scope]
    owner = _owner_of(module, scope)
    is_likely = owner is not None and program.is_of_related_classes(scope.name, owner.name, module)
    return Confidence.MEDIUM if is_likely else Confidence.LOW


def _outer(hops: Hops) -> tuple[ModuleIndex, int]:
    """The function in which the outermost of some calls stands."""
    use = hops[-1].use
    scope = use.fact.scope
    while use.module.scopes[scope].kind == "class":
        scope = use.module.scopes[scope].parent or 0
    return use.module, scope


def _stands_in(function: Function, hops: Hops) -> bool:
    """Whether the outermost of some calls stands in a function, or in one inside of it."""
    module, scope = _outer(hops)
    return module is function.module and is_inside(module, scope, function.scope)


def _is_repeated(hops: Hops) -> bool:
    """Whether one of some calls stands in a loop, or is made for each item of something."""
    return any(hop.is_mapped or hop.use.module.loops(hop.use.fact.block) for hop in hops)


def _with_more_repeated(found: Sequence[_T], most: int, is_repeated: Callable[[_T], bool]) -> Sequence[_T]:
    """As many as are followed, and up to as many again of the others that are in loops."""
    return [*found[:most], *[each for each in found[most:] if is_repeated(each)][:most]] if len(found) > most else found


def _owner_of(module: ModuleIndex, scope: Scope) -> Scope | None:
    """The class that a function is a method of, unless it is a static one."""
    owner = module.scopes[scope.parent] if scope.parent is not None else None
    if owner is None or owner.kind != "class" or scope.kind != "function":
        return None
    return None if any(ex.dotted_name(each) == "staticmethod" for each in scope.decorators) else owner
