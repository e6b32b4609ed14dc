"""What of a function's body is another one than before, statement by statement.

Where only statements without a flow of their own are others (an assignment, a call, what is returned), the function runs through the same branches
and loops as before, and nothing is another one for those who asked for other names than such a statement has.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

from llmlint.scan.ast_places import Places, UnclearPlace
from llmlint.scan.facts import ENDS_PROGRAM
from llmlint.scan.parse import NewerSyntax, ScanError, parse

if TYPE_CHECKING:
    from llmlint.scan.facts import FactKind


_WORD = re.compile(r"\w+")
_PLAIN = (ast.Assert, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Delete, ast.Expr, ast.Pass)
_LEAVING = (ast.Return, ast.Raise)
# What opens a scope or a block, or makes a function another kind of function.
_OWN_FLOW = (*(ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.NamedExpr, ast.Yield, ast.YieldFrom),)


class Piece(NamedTuple):
    """Text that is the same as before: where it started and ended, and where it starts now."""

    start: int
    end: int
    now: int


class BodyChange:
    """The change of a body by plain statements: the words and the kinds of facts of those that are others, before or after, and where the rest is
    now."""

    def __init__(
        self,
        texts: tuple[str, str],
        pieces: Sequence[Piece],
        words: frozenset[str],
        kinds: frozenset[FactKind],
    ) -> None:
        self._texts, self._pieces = texts, pieces
        self._starts = [piece.start for piece in pieces]
        self.words, self.kinds = words, kinds

    def offset(self, offset: int) -> int:
        """Where what stood at an offset is now. Raises ValueError where that is not the same, or not sure."""
        behind = bisect_right(self._starts, offset)
        ahead = self._pieces[behind - 1] if behind else Piece(0, 0, 0)
        if behind and offset <= ahead.end:
            now: int | None = ahead.now + offset - ahead.start if offset or not ahead.now else None
        else:
            # Between statements: what was put in there may stand on either side of it.
            now = self._beside(offset, ahead, self._pieces[behind]) if behind < len(self._pieces) else None
        if now is None:
            raise ValueError("in code that has changed")
        return now

    def _beside(self, offset: int, ahead: Piece, behind: Piece) -> int | None:
        """Where an offset between two pieces is now, if what stands between them is the same."""
        end = ahead.now + ahead.end - ahead.start
        before, after = self._texts
        is_same = after[end : behind.now] == before[ahead.end : behind.start]
        return end + offset - ahead.end if is_same else None


def change_of_body(before: str, after: str, indent: str) -> BodyChange | None:
    """The change of a function's body, of which these are the texts from its first line on; None where more than plain statements are others.
    `indent` is what stands ahead of it where it stands beside its header."""
    try:
        return _Comparison(before, after, indent).change()
    except (NewerSyntax, ScanError, UnclearPlace, RecursionError):
        return None


class _Other(Exception):
    """More than plain statements are others."""


class _Side:
    """A body by itself."""

    def __init__(self, body: str, indent: str) -> None:
        code = f"if 1:\n{indent}{body}"
        [whole] = parse(code).body
        assert isinstance(whole, ast.If)
        self.base, self.code, self.statements = len(code) - len(body), code, whole.body
        self._places = Places(code)

    def span(self, node: ast.stmt) -> tuple[int, int]:
        start, end = self._places.statement(node)
        first = min((self._places.start(each) for each in getattr(node, "decorator_list", ())), default=start)
        return self.code.rfind("@", 0, first) if first < start else start, end

    def text(self, node: ast.stmt) -> str:
        start, end = self.span(node)
        return self.code[start:end]


class _Comparison:
    def __init__(self, before: str, after: str, indent: str) -> None:
        self._texts = before, after
        self._before, self._after = _Side(before, indent), _Side(after, indent)
        self._pieces: list[Piece] = []
        self._words: set[str] = set()
        self._kinds: set[FactKind] = set()

    def change(self) -> BodyChange | None:
        try:
            self._compare(self._before.statements, self._after.statements)
        except _Other:
            return None
        return BodyChange(self._texts, self._pieces, frozenset(self._words), frozenset(self._kinds))

    def _compare(self, before: Sequence[ast.stmt], after: Sequence[ast.stmt]) -> None:
        """Compare two lists of statements, one in the place of the other."""
        texts, now = list(map(self._before.text, before)), list(map(self._after.text, after))
        for what, first, end, start, behind in SequenceMatcher(None, texts, now, autojunk=False).get_opcodes():
            old, new = before[first:end], after[start:behind]
            if what == "equal":
                for one, other in zip(old, new, strict=True):
                    self._keep(*self._before.span(one), self._after.span(other)[0])
            elif all(map(_is_plain, [*old, *new])):
                self._note([*old], self._before)
                self._note([*new], self._after)
            elif len(old) == len(new):
                for one, other in zip(old, new, strict=True):
                    self._pair(one, other)
            else:
                raise _Other

    def _pair(self, one: ast.stmt, other: ast.stmt) -> None:
        if (_is_plain(one) and _is_plain(other)) or (type(one) is type(other) and _only_leaves(one) and _only_leaves(other)):
            self._note([one], self._before)
            self._note([other], self._after)
            return
        lists, now = list(_lists(one)), list(_lists(other))
        if type(one) is not type(other) or not lists or len(lists) != len(now):
            raise _Other
        (at, _), (at_now, _) = self._before.span(one), self._after.span(other)
        for inner, inner_now in zip(lists, now, strict=True):
            end, end_now = self._before.span(inner[0])[0], self._after.span(inner_now[0])[0]
            # The headers: `if x:`, `else:`.
            if self._before.code[at:end] != self._after.code[at_now:end_now]:
                raise _Other
            self._keep(at, at + len(self._before.code[at:end].rstrip()), at_now)
            self._compare(inner, inner_now)
            at, at_now = self._before.span(inner[-1])[1], self._after.span(inner_now[-1])[1]

    def _keep(self, start: int, end: int, now: int) -> None:
        self._pieces.append(Piece(start - self._before.base, end - self._before.base, now - self._after.base))

    def _note(self, statements: Sequence[ast.stmt], side: _Side) -> None:
        for statement in statements:
            self._words.update(_words_of(side.text(statement), statement))
            self._kinds.update(_kinds_of(statement))


def _is_plain(statement: ast.stmt) -> bool:
    return isinstance(statement, _PLAIN) and not _has_own_flow(statement) and not _ends_program(statement)


def _ends_program(statement: ast.stmt) -> bool:
    """`sys.exit()`, behind which nothing runs."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and ast.unparse(call.func) in ENDS_PROGRAM


def _only_leaves(statement: ast.stmt) -> bool:
    return isinstance(statement, _LEAVING) and not _has_own_flow(statement)


def _has_own_flow(statement: ast.stmt) -> bool:
    return any(isinstance(node, _OWN_FLOW) for node in ast.walk(statement))


def _lists(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The lists of statements in a statement that opens blocks, in the order of the source; none for a class, whose names are attributes."""
    if isinstance(statement, ast.ClassDef):
        return
    for field in ("body", "handlers", "cases", "orelse", "finalbody"):
        for each in [getattr(statement, field, ())]:
            if field in ("handlers", "cases"):
                yield from (inner.body for inner in each)
            elif each:
                yield each


def _words_of(text: str, statement: ast.stmt) -> Iterator[str]:
    yield from _WORD.findall(text)
    if not text.isascii():
        yield from _WORD.findall(unicodedata.normalize("NFKC", text))
    for node in ast.walk(statement):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _WORD.findall(node.value)


def _kinds_of(statement: ast.stmt) -> Iterator[FactKind]:
    """The kinds of facts that a plain statement gives."""
    if isinstance(statement, _LEAVING):
        yield "exits"
    for node in ast.walk(statement):
        if isinstance(node, ast.Call):
            yield "calls"
        elif isinstance(node, ast.Dict):
            yield "rows"
        elif isinstance(node, ast.Attribute):
            yield "references"
            if not isinstance(node.ctx, ast.Load):
                yield "stores"
        elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            yield "stores"
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield "bindings"
