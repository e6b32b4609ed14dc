"""Where each node of a libcst tree starts and ends, as character offsets.

libcst's own position metadata takes about twice as long as parsing, because it keeps line, column and a whitespace-inclusive range of every
node. A linter needs one pair of offsets for expressions, arguments and statements only, which a leaner code generator yields at
little more than the price of printing the file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from types import TracebackType
from typing import Any

from libcst import CSTNode, LeftParen, Module, RightParen
from libcst._nodes.internal import CodegenState

_SPACE = re.compile(r"[ \t\f]*")
_LINE_STARTS = re.compile(r"(?:^|(?<=[\r\n]))[ \t\f]*")


class Offsets:
    """Offsets by node identity; valid as long as the tree is alive."""

    __slots__ = ("_inner", "_parens")

    def __init__(self) -> None:
        self._inner: dict[int, tuple[int, int]] = {}
        self._parens: dict[int, int] = {}

    def of(self, node: CSTNode) -> tuple[int, int]:
        """Start and end of a statement, argument or expression; an expression's own parentheses are part of it."""
        start, end = self._inner[id(node)]
        lpar = getattr(node, "lpar", ())
        # Statements with optional brackets (`class A():`) keep a single node here; those brackets are inside their span.
        if lpar and isinstance(lpar, (tuple, list)):
            return self._parens[id(lpar[0])], self._parens[id(node.rpar[-1])]  # type: ignore[attr-defined]
        return start, end


class _Recorder:
    """The context manager that libcst opens around the syntactic part of a node; nested uses are a stack."""

    __slots__ = ("inner", "stack", "state")

    def __init__(self, state: _OffsetState, inner: dict[int, tuple[int, int]]) -> None:
        self.state = state
        self.inner = inner
        self.stack: list[tuple[CSTNode, int, CSTNode | None, CSTNode | None]] = []

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        node, start, start_node, end_node = self.stack.pop()
        begin = self.inner.get(id(start_node), (start, 0))[0] if start_node is not None else start
        end = self.inner.get(id(end_node), (0, self.state.offset))[1] if end_node is not None else self.state.offset
        self.inner[id(node)] = (begin, end)


class _OffsetState(CodegenState):
    """A code generator that keeps the running offset instead of the text."""

    def __init__(self, module: Module, offsets: Offsets) -> None:
        super().__init__(default_indent=module.default_indent, default_newline=module.default_newline)
        self.offset = 0
        self.parens = offsets._parens
        self.recorder = _Recorder(self, offsets._inner)

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.offset += len(token)

    def add_token(self, value: str) -> None:
        self.offset += len(value)

    def pop_trailing_newline(self) -> None:
        """Nothing has an offset behind the last newline, so there is nothing to take back."""

    def before_codegen(self, node: CSTNode) -> None:
        if type(node) is LeftParen:
            self.parens[id(node)] = self.offset

    def after_codegen(self, node: CSTNode) -> None:
        if type(node) is RightParen:
            self.parens[id(node)] = self.offset

    def record_syntactic_position(
        self, node: CSTNode, *, start_node: CSTNode | None = None, end_node: CSTNode | None = None
    ) -> Any:
        self.recorder.stack.append((node, self.offset, start_node, end_node))
        return self.recorder


def offsets_of(module: Module, text: str | None = None) -> Offsets:
    """The offsets of a tree in the text that it was parsed from; `text` is only needed where there may be form feeds in it."""
    offsets = Offsets()
    module._codegen(_OffsetState(module, offsets))
    if text is not None and "\f" in text:
        _count_lost_form_feeds(offsets, module.code, text)
    return offsets


def _count_lost_form_feeds(offsets: Offsets, code: str, text: str) -> None:
    """Add what libcst drops, or writes in another way, of the space ahead of lines of code where form feeds are among it."""
    places: list[int] = []
    shifts = [0]
    for match in _LINE_STARTS.finditer(text):
        place = match.start() - shifts[-1]
        space = _SPACE.match(code, place)
        end = space.end() if space is not None else place
        shift = match.end() - end
        if shift != shifts[-1]:
            places.append(end)
            shifts.append(shift)
    if not places:
        return

    def moved(offset: int) -> int:
        return offset + shifts[bisect_right(places, offset)]

    offsets._inner = {node: (moved(start), moved(end)) for node, (start, end) in offsets._inner.items()}
    offsets._parens = {node: moved(offset) for node, offset in offsets._parens.items()}
