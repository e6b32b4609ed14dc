"""What the parts of evaluation ask of each other, and of the floors above: who calls a function, and what calls do to their arguments."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from llmlint.link.names.index import ModuleIndex
    from llmlint.link.program.program import Program
    from llmlint.link.values.place import Place
    from llmlint.link.values.progress import Progress
    from llmlint.link.values.values import Class, Function, Object, Stability, Text, Unknown, Value
    from llmlint.scan import expressions as ex
    from llmlint.scan.facts import CallFact, Parameter, Store


Found = TypeVar("Found")


class Given(NamedTuple):
    """What callers pass to a parameter. `is_given_by_all`: there are callers, and none leaves it to its default."""

    values: tuple[Value, ...]
    is_given_by_all: bool


class Evaluation(Protocol):
    """Evaluates expressions of one program."""

    program: Program
    progress: Progress
    reads: int
    """How often something of a frame was used: the value of a parameter or of an iteration."""

    def evaluate(self, expression: ex.Expr, place: Place) -> tuple[Value, ...]:
        """All values that the source tells, never empty: what it does not tell is an `Unknown` among them."""
        ...

    def narrowed(self, expression: ex.Expr, place: Place) -> tuple[Value, ...]:
        """The same, where each unknown value is what the tests ahead say that it is."""
        ...

    def is_unsettled(self, expression: ex.Expr, place: Place) -> bool:
        """Whether one of the values is surely an `Unknown`; found with less work than all of them, and may be no where one is."""
        ...

    def may_go_on(self) -> bool:
        """Take one more step, if that is not too many for what has been asked for."""
        ...

    def read_from_frame(self) -> None:
        """Note that the value at hand holds in one frame only: it rests on a parameter, an iteration, or how deep the frame is."""

    def constructed(self, constructor: Function, made: Object) -> Place | None:
        """The end of a constructor's body as the construction of an object sees it: the same frame each time."""
        ...

    def kept(self, find: Callable[[], tuple[Value, ...]]) -> Callable[[], tuple[Value, ...]]:
        """The same function, which remembers its result unless that leaves something out."""
        ...

    def once(self, key: Hashable, find: Callable[[], Found]) -> Found:
        """What a function finds, remembered by a key unless it leaves something out. The key has all that it rests on."""
        ...

    def place(self, module: ModuleIndex, scope: int, block: int, order: int) -> Place: ...

    def text(self, expression: ex.Expr, place: Place) -> Text: ...

    def unknown(self, expression: ex.Expr, place: Place, stability: Stability | None = None) -> Unknown:
        """The value of an expression that the source does not tell."""
        ...

    def exported(self, module: ModuleIndex, name: str) -> tuple[Value, ...]:
        """What a name of a module is to those who import it; empty where the module does not bind it, or only from itself in a circle."""
        ...

    def around(self, definition: Class | Function) -> Place:
        """The place from which the body of a class or function of the program sees names outside it."""
        ...

    def enter(
        self, function: Function, call: ex.Call | None, place: Place, extra: dict[str, tuple[Value, ...]] | None = None
    ) -> Place | None:
        """The end of a function's body as one call sees it; None where that is too deep or goes in circles."""
        ...

    def returned(self, function: Function, call: ex.Call | None, place: Place) -> tuple[Value, ...]:
        """What a function of the program returns for one call."""
        ...

    def returns_unsettled(self, function: Function, call: ex.Call, place: Place) -> bool:
        """The same for the values that a function returns; as for `is_unsettled`."""
        ...

    def of_taken_branch(self, stores: list[Store], owner: Class, root: str, read: Place) -> list[Store]:
        """Those of several stores of an attribute on `self` that go with the tests on the way to where `root.attribute` is read."""
        ...

    def of_tested_key(self, values: tuple[Value, ...], stores: list[Store], root: str, read: Place) -> tuple[Value, ...]:
        """Those of several values of an attribute on `self` that a table has by a key which the tests on the way let through."""
        ...

    # Of the floors above

    @abstractmethod
    def subclasses_with(self, base: Class, member: str) -> tuple[Class, ...]:
        """The classes of the program that name a class as their base and may have a member of their own with this name."""

    @abstractmethod
    def arguments_given(self, module: ModuleIndex, scope: int, parameter: Parameter) -> Given:
        """The values that the program's own calls of a function pass to one of its parameters."""

    @abstractmethod
    def decorated_by(self, module: ModuleIndex, scope: int) -> Iterator[Class | Function]:
        """The classes and functions of the program that a function is passed as a decorator."""

    @abstractmethod
    def is_harmless(self, fact: CallFact, name: str, place: Place) -> bool:
        """Whether a call leaves the object that it is passed by this name as it is, as far as the source tells."""
