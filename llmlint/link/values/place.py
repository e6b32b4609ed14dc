"""Where an expression is evaluated, and inside which calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from llmlint.link import rests
from llmlint.link.names.index import ModuleIndex, Point
from llmlint.scan import expressions as ex
from llmlint.source import Span

if TYPE_CHECKING:
    from dataclasses import dataclass

    from llmlint.link.values.values import Value
else:
    from llmlint.performance.unfrozen import dataclass


class Argument:
    """What a call passes for a parameter: called, it says what that can be."""

    __slots__ = ("_find", "expression", "place")

    def __init__(self, find: Callable[[ex.Expr, Place], tuple[Value, ...]], expression: ex.Expr, place: Place) -> None:
        self._find = find
        self.expression = expression
        self.place = place

    def __call__(self) -> tuple[Value, ...]:
        return self._find(self.expression, self.place)


class Arguments:
    """The values that a call gives to a function's parameters, by name; each is found when it is asked for.

    Parameters left to their default are absent.
    """

    __slots__ = ("_known", "_nodes", "_pending")

    def __init__(
        self, known: dict[str, tuple[Value, ...]] | None = None, pending: dict[str, Callable[[], tuple[Value, ...]]] | None = None
    ) -> None:
        self._known = known if known is not None else {}
        self._pending = pending if pending is not None else {}
        self._nodes: dict[str, int] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._known or name in self._pending

    def pending(self, name: str) -> Callable[[], tuple[Value, ...]] | None:
        """How the values of a parameter are found; None where they have been."""
        return self._pending.get(name) if name not in self._known else None

    def give(self, values: dict[str, tuple[Value, ...]]) -> None:
        """Add the values of further parameters."""
        self._known |= values

    def get(self, name: str) -> tuple[Value, ...] | None:
        if name not in self._known:
            find = self._pending.get(name)
            if find is None:
                return None
            if rests.recording is not None:
                rests.recording.begin()
            try:
                self._known[name] = find()
            finally:
                if rests.recording is not None:
                    self._nodes[name] = rests.recording.end()
        elif rests.recording is not None and name in self._nodes:
            rests.recording.use(self._nodes[name])
        return self._known[name]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One call of a function that evaluation has stepped into: what its parameters are. Or one iteration of a `loop`: what its `item` is.

    `is_open`: what the caller passes is not known, so that a parameter without an argument may be anything, not only its default. `origin` is
    the call of it in the body of a module, if it stands there: what names of the module are by then. `called` is the call, where the function
    is called and not passed to something that runs it; `run_by` is the place where something is passed the function, and the function as it
    is written there.
    """

    module: ModuleIndex
    scope: int
    arguments: Arguments
    depth: int
    outer: Frame | None = None
    loop: int | None = None
    item: tuple[Value, ...] = ()
    is_open: bool = False
    origin: tuple[ModuleIndex, Point] | None = None
    called: tuple[Place, ex.Call] | None = None
    run_by: tuple[Place, ex.Expr] | None = None
    first: tuple[int, str] | None = None

    @property
    def is_iteration(self) -> bool:
        return self.loop is not None or self.first is not None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression is evaluated: a point of a file, inside the calls that led there."""

    module: ModuleIndex
    point: Point
    frame: Frame | None = None

    def at(self, scope: int, block: int, order: int) -> Place:
        return Place(self.module, Point(scope, block, order), self.frame)

    def in_round(self, loop: int, item: tuple[Value, ...]) -> Place:
        depth = self.frame.depth if self.frame is not None else 0
        return Place(self.module, self.point, Frame(self.module, -1, Arguments(), depth, self.frame, loop, item))

    def ahead_of(self, carried: tuple[int, str]) -> Place:
        """The same place in the first iteration of a loop, for a name that its iterations carry on."""
        depth = self.frame.depth if self.frame is not None else 0
        return Place(self.module, self.point, Frame(self.module, -1, Arguments(), depth, self.frame, first=carried))

    def own_frame(self) -> Frame | None:
        """The frame of the function that the place stands in."""
        frame = self.frame
        while frame is not None and (frame.module is not self.module or frame.scope != self.point.scope):
            frame = frame.outer
        return frame

    def is_ahead_of(self, carried: tuple[int, str]) -> bool:
        frame = self.frame
        while frame is not None:
            if frame.first == carried and frame.module is self.module:
                return True
            frame = frame.outer
        return False

    def in_module_body(self, end: Point) -> Point:
        """Where names of the module are seen from: the call in its body that led here, else the end of the body."""
        frame = self.frame
        while frame is not None:
            if frame.origin is not None and frame.origin[0] is self.module:
                return frame.origin[1]
            frame = frame.outer
        return end

    def span(self, expression: ex.Expr) -> Span:
        return Span(self.module.path, expression.start, expression.end)
