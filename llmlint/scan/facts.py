"""What scanning says about one file: plain, picklable data with character offsets and no syntax tree.

Everything that happens in a scope has an `order`, a number that grows in the order of the source, and a `block`, its place in the tree of
compound statements. With these two the linker can ask which values reach a use, what a loop carries from one iteration to the
next, and on which paths something happens, without ever seeing the syntax tree.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from llmlint.scan.expressions import Attribute, Call, Expr, Mapping

if TYPE_CHECKING:
    from dataclasses import dataclass
    from typing import Literal

    ParameterKind = Literal["positional-only", "positional", "keyword", "*", "**"]
    ScopeKind = Literal["module", "class", "function", "lambda"]
    BlockKind = Literal[
        "scope",
        "for",
        "while",
        "loop-else",
        "if",
        "else",
        "try",
        "except",
        "try-else",
        "finally",
        "with",
        "case",
        "comprehension",
    ]
    BindingKind = Literal["assign", "augment", "for", "with", "except", "import", "def", "class", "walrus", "delete", "global"]
    ExitKind = Literal["return", "yield", "break", "continue", "raise", "end"]
    FactKind = Literal["bindings", "stores", "calls", "exits", "references", "rows"]
else:
    from llmlint.performance.unfrozen import dataclass


# Functions that end the program.
ENDS_PROGRAM = frozenset({"exit", "quit", "sys.exit", "os._exit"})


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `kind`: `positional-only`, `positional`, `keyword` (keyword only), `*` or `**`."""

    name: str
    kind: ParameterKind
    default: Expr | None
    annotation: Expr | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Scope:
    """A module, class, function or lambda. Scope 0 is the module; `block` is the block of its body."""

    id: int
    parent: int | None
    kind: ScopeKind
    name: str
    block: int
    start: int
    end: int
    header_end: int
    parameters: tuple[Parameter, ...] = ()
    decorators: tuple[Expr, ...] = ()
    bases: tuple[Expr, ...] = ()
    returns: Expr | None = None
    is_async: bool = False
    is_generator: bool = False
    order: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """A run of statements under one header.

    `kind`: `scope`, `for`, `while`, `loop-else`, `if`, `else`, `try`, `except`, `try-else`, `finally`, `with`, `case`, `comprehension`.
    `group` is shared by the branches of one statement, of which at most one runs (`if`/`else`, `except` handlers, `case`).
    `head` is what the header evaluates (test, iterable, subject); `target` the loop target.
    `first` and `last` bound the order of what happens inside.
    """

    id: int
    parent: int | None
    scope: int
    kind: BlockKind
    group: int
    first: int
    last: int
    start: int
    end: int
    header_end: int
    head: Expr | None = None
    target: Expr | None = None
    is_async: bool = False


@dataclass(frozen=True, slots=True)
class Binding:
    """A name gets a value. `kind`: `assign`, `augment`, `for`, `with`, `except`, `import`, `def`, `class`, `walrus`, `delete`, `global`.

    `path` says which part of the value the name takes where a tuple is unpacked (indices from the outside in).
    For `def` and `class`, `scope_id` is the scope that the statement opens. For `import`, `module` and `member` say what is imported
    (`member` is None for `import a.b`; `level` counts the dots of a relative import).
    """

    scope: int
    name: str
    kind: BindingKind
    order: int
    block: int
    start: int
    end: int
    value: Expr | None = None
    annotation: Expr | None = None
    operator: str = ""
    path: tuple[int, ...] = ()
    scope_id: int | None = None
    module: str = ""
    member: str | None = None
    level: int = 0


@dataclass(frozen=True, slots=True)
class Store:
    """An attribute or item gets a value: `self.client = …`, `params["system"] = …`. `operator` is set for `+=` and the like."""

    scope: int
    target: Expr
    value: Expr | None
    order: int
    block: int
    operator: str = ""
    annotation: Expr | None = None
    path: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CallFact:
    """A call expression in its place. `is_awaited`: right behind an `await`."""

    call: Call
    scope: int
    block: int
    order: int
    is_awaited: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """An attribute of an attribute that is read but not called: `client.messages.create` passed to a runner, say."""

    attribute: Attribute
    scope: int
    block: int
    order: int


@dataclass(frozen=True, slots=True)
class Row:
    """A dict display that may be a row of a batch: it has the key by which rows are told apart (`llmlint.sdks.shape.ROW_KEY`)."""

    mapping: Mapping
    scope: int
    block: int
    order: int


@dataclass(frozen=True, slots=True)
class Exit:
    """A way out: `return`, `yield`, `break`, `continue` or `raise`, with its value, or a statement that ends the program: `sys.exit()`."""

    kind: ExitKind
    scope: int
    block: int
    order: int
    value: Expr | None = None


@dataclass(frozen=True, slots=True)
class StarImport:
    """`from module import *`."""

    scope: int
    module: str
    level: int
    order: int


@dataclass(frozen=True, slots=True)
class ModuleFacts:
    """All facts of one file. Ids of scopes and blocks are their positions in the tuples."""

    path: str
    scopes: tuple[Scope, ...]
    blocks: tuple[Block, ...]
    bindings: tuple[Binding, ...]
    stores: tuple[Store, ...]
    calls: tuple[CallFact, ...]
    exits: tuple[Exit, ...]
    references: tuple[Reference, ...]
    star_imports: tuple[StarImport, ...]
    rows: tuple[Row, ...]


class Facts(Protocol):
    """What the linker reads of a file: `ModuleFacts`, or facts that grow."""

    @property
    def path(self) -> str: ...
    @property
    def scopes(self) -> Sequence[Scope]: ...
    @property
    def blocks(self) -> Sequence[Block]: ...
    @property
    def bindings(self) -> Sequence[Binding]: ...
    @property
    def stores(self) -> Sequence[Store]: ...
    @property
    def calls(self) -> Sequence[CallFact]: ...
    @property
    def exits(self) -> Sequence[Exit]: ...
    @property
    def references(self) -> Sequence[Reference]: ...
    @property
    def star_imports(self) -> Sequence[StarImport]: ...
    @property
    def rows(self) -> Sequence[Row]: ...


class Mention(enum.IntEnum):
    """What a function may do with a name, so that its facts are asked for."""

    ANY = enum.auto()
    CALLED = enum.auto()
    HANDED = enum.auto()
    """An argument, or an item of a display."""
    NAMED = enum.auto()
    """Imported, or given another name."""
    STORED = enum.auto()
    """An attribute that is set."""
    IMPORTED = enum.auto()
    """A module that is imported, or imported from."""
    USED = enum.auto()
    """Called, passed on, given another name, or looked up by a string."""
    MEMBER = enum.auto()
    """The same, of an attribute."""
    HELD = enum.auto()
    """An attribute of which something is done: a method is called, an item taken."""


class GrowingFacts(Facts, Protocol):
    """Facts of a file that leave the bodies of functions out until they are asked for."""

    @property
    def functions(self) -> tuple[tuple[int, int, int], ...]:
        """The functions whose bodies were left out at first, in the order of the source: where each starts, where the first line of its
        body does, with comments ahead of it, and where it ends."""
        ...

    def number_of(self, scope: int) -> int | None:
        """Which of these functions a scope is."""
        ...

    def lower_scope(self, scope: int) -> bool:
        """Add what a function holds; whether there was anything to add."""

    def lower_mentions(self, name: str, how: Mention) -> bool:
        """Add what all functions hold that mention a name in some way; whether there was anything to add."""

    def lower_functions(self, numbers: Sequence[int]) -> bool:
        """Add what some of the functions hold; whether there was anything to add."""

    def mentioning(self, name: str, how: Mention) -> list[int]:
        """Which of the functions mention a name in some way."""
        ...

    def mentions(self, name: str, how: Mention) -> Iterator[int]:
        """Where a name is mentioned in some way, anywhere in the file."""
        ...
