"""The growing facts of one file: the open scope and block, the order of what happens, and what is bound where."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from llmlint.scan.expressions import Attribute, Call, Constant, Expr, Mapping, Name, Starred, Subscript, Walrus, dotted_name
from llmlint.scan.expressions import Sequence as Display
from llmlint.scan.facts import ENDS_PROGRAM, Binding, Block, CallFact, Exit, ModuleFacts, Reference, Row, Scope, StarImport, Store
from llmlint.sdks.shape import ROW_KEY

if TYPE_CHECKING:
    from llmlint.scan.facts import BindingKind, BlockKind, ExitKind, ScopeKind

_UNFINISHED = Block(-1, None, -1, "scope", -1, -1, -1, -1, -1, -1)


class _OpenBlock:
    """A block that is being filled: its facts are complete when it closes."""

    __slots__ = ("first", "index", "more", "outer", "recorder", "what")

    def __init__(
        self, recorder: Recorder, what: tuple[BlockKind, tuple[int, int], int, int | None], more: dict[str, Any]
    ) -> None:
        self.recorder = recorder
        self.what = what
        self.more = more

    def __enter__(self) -> int:
        recorder = self.recorder
        self.outer = recorder.block
        self.first = recorder.tick()
        recorder.block = self.index = len(recorder.blocks)
        recorder.blocks.append(_UNFINISHED)
        return self.index

    def __exit__(self, *_: object) -> None:
        recorder = self.recorder
        kind, span, header_end, group = self.what
        parent = self.outer if self.index else None
        bounds = (self.first if group is None else group, self.first, recorder.tick())
        recorder.blocks[self.index] = Block(self.index, parent, recorder.scope, kind, *bounds, *span, header_end, **self.more)
        recorder.block = self.outer


class Recorder:
    """Keeps the place in the file, and notes what the visitor meets there."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.order = 0
        self.scope = 0
        self.block = 0
        self.scopes: list[Scope] = []
        self.blocks: list[Block] = []
        self.bindings: list[Binding] = []
        self.stores: list[Store] = []
        self.calls: list[CallFact] = []
        self.references: list[Reference] = []
        self.exits: list[Exit] = []
        self.star_imports: list[StarImport] = []
        self.rows: list[Row] = []

    def facts(self) -> ModuleFacts:
        return ModuleFacts(
            path=self.path,
            scopes=tuple(self.scopes),
            blocks=tuple(self.blocks),
            bindings=tuple(self.bindings),
            stores=tuple(self.stores),
            calls=tuple(self.calls),
            references=tuple(self.references),
            exits=tuple(self.exits),
            star_imports=tuple(self.star_imports),
            rows=tuple(self.rows),
        )

    # Scopes, blocks and order

    def tick(self) -> int:
        self.order += 1
        return self.order

    def open_block(
        self, kind: BlockKind, span: tuple[int, int], header_end: int, group: int | None = None, **more: Any
    ) -> _OpenBlock:
        """A context manager that gives the block's number. What its `more` holds at the end becomes part of the block."""
        return _OpenBlock(self, (kind, span, header_end, group), more)

    @contextmanager
    def open_scope(self, kind: ScopeKind, name: str, start: int, end: int, header_end: int, **more: Any) -> Iterator[int]:
        outer = self.scope
        parent = outer if self.scopes else None
        self.scope = len(self.scopes)
        index = self.scope
        self.scopes.append(Scope(index, parent, kind, name, len(self.blocks), start, end, header_end, order=self.order, **more))
        with self.open_block("scope", (start, end), header_end):
            yield index
        self.scope = outer

    # What expressions report

    def record_call(self, call: Call, is_awaited: bool) -> None:
        self.calls.append(CallFact(call, self.scope, self.block, self.tick(), is_awaited))

    def record_reference(self, reference: Attribute) -> None:
        self.references.append(Reference(reference, self.scope, self.block, self.tick()))

    def record_mapping(self, mapping: Mapping) -> None:
        if any(type(key) is Constant and key.value == ROW_KEY for key, _ in mapping.items):
            self.rows.append(Row(mapping, self.scope, self.block, self.tick()))

    def record_walrus(self, walrus: Walrus) -> None:
        self.bind_name(walrus.target, "walrus", walrus.value)

    def record_yield(self, value: Expr | None) -> None:
        self.scopes[self.scope] = dataclasses.replace(self.scopes[self.scope], is_generator=True)
        self.exit("yield", value)

    def exit(self, kind: ExitKind, value: Expr | None) -> None:
        self.exits.append(Exit(kind, self.scope, self.block, self.tick(), value))

    def end_of_statement(self, value: Expr) -> None:
        """An expression that is a statement, once it has been lowered."""
        if isinstance(value, Call) and dotted_name(value.func) in ENDS_PROGRAM:
            self.exit("end", None)

    # Bindings

    def bind(
        self,
        target: Expr,
        kind: BindingKind,
        value: Expr | None,
        path: tuple[int, ...] = (),
        operator: str = "",
        annotation: Expr | None = None,
    ) -> None:
        if isinstance(target, Name):
            self.bind_name(target, kind, value, path, operator, annotation)
        elif isinstance(target, (Attribute, Subscript)):
            self.stores.append(Store(self.scope, target, value, self.tick(), self.block, operator, annotation, path))
        elif isinstance(target, Starred):
            self.bind(target.value, kind, value, (*path, -1))
        elif isinstance(target, Display):
            for index, item in enumerate(target.items):
                self.bind(item, kind, value, (*path, index))

    def bind_name(
        self,
        target: Name,
        kind: BindingKind,
        value: Expr | None,
        path: tuple[int, ...] = (),
        operator: str = "",
        annotation: Expr | None = None,
    ) -> None:
        at = (self.tick(), self.block, target.start, target.end)
        self.bindings.append(
            Binding(self.scope, target.id, kind, *at, value=value, annotation=annotation, operator=operator, path=path)
        )

    def bind_import(self, name: str, span: tuple[int, int], module: str, member: str | None, level: int) -> None:
        at = (self.tick(), self.block, *span)
        self.bindings.append(Binding(self.scope, name, "import", *at, module=module, member=member, level=level))

    def define(self, kind: BindingKind, name: str, span: tuple[int, int]) -> None:
        """A `def` or `class`; the scope that it opens is the next one."""
        at = (self.tick(), self.block, *span)
        self.bindings.append(Binding(self.scope, name, kind, *at, scope_id=len(self.scopes)))
