"""Where each node of Python's own syntax tree starts and ends, as character offsets.

`ast` counts in lines and in bytes of UTF-8, leaves out the parentheses around an expression, and has no positions for some keywords and
names. All that is found in the text.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from llmlint.scan.strings import GAP, end_of_literal
from llmlint.source import line_starts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from llmlint.scan.skeleton import Cut, Skeleton


_BEHIND_STATEMENT = re.compile(r"(?:[\s\\;]+|#[^\r\n]*)*")
_BEHIND_SUBJECT = re.compile(r"(?:[\s\\;,:)]+|#[^\r\n]*)*")
_BEHIND_TYPE_PARAMETER = re.compile(r"(?:[\s\\,\]]+|#[^\r\n]*)*")
_BEHIND_PATTERN = re.compile(r"(?:[\s\\,)]+|#[^\r\n]*)*")
_WORD = re.compile(r"\w+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_COMMENT_OR_QUOTE = re.compile(r"#[^\r\n]*|(?:\b[A-Za-z]{1,2})?[\"']")
_MAY_FOLLOW = frozenset(") \t\f\r\n\\#")
_MAY_PRECEDE = frozenset("( \t\f\r\n\\")


def _wide_lines(code: str, starts: Sequence[int]) -> dict[int, bytes]:
    """The lines in which a column in bytes is not one in characters, by number from 1."""
    wide: dict[int, bytes] = {}
    found = None if code.isascii() else _NOT_ASCII.search(code)
    while found is not None:
        number = bisect_right(starts, found.start())
        end = starts[number] if number < len(starts) else len(code)
        wide[number] = code[starts[number - 1] : end].encode()
        found = _NOT_ASCII.search(code, end)
    return wide


class UnclearPlace(Exception):
    """What should stand at a place does not."""


class Places:
    """Offsets of one file's nodes. `of` gives an expression with its own parentheses."""

    def __init__(self, text: str, *, is_whole: bool = True) -> None:
        """`is_whole`: nodes are those of the whole text. Otherwise there are some only `inside` a piece of it."""
        self._starts: Sequence[int] = ()
        self._wide: dict[int, bytes] = {}
        # With something behind its last and before its first character.
        self.text = text + "\n"
        # Bodies that the tree does not have, by the line of their header: a statement that ends with one ends where that does.
        self.cuts: Mapping[int, Cut] = {}
        # Where parentheses open that belong to a call, a class or a `with`, and are those of no expression.
        self.taken: set[int] = set()
        # Where comments are looked for.
        self._reach = (0, len(self.text))
        if is_whole:
            self._read_lines(text, 0)

    def _read_lines(self, code: str, base: int) -> None:
        """Nodes are from now on those of a tree parsed from `code`, whose first character stands at `base` in the file."""
        starts = line_starts(code)
        self._starts = [base + start for start in starts] if base else starts
        self._wide = _wide_lines(code, starts)

    def use(self, shortened: Skeleton) -> None:
        """Nodes are from now on those of a tree parsed from the text without its functions' bodies."""
        self.cuts = shortened.cuts
        self._wide = {} if shortened.text.isascii() else _wide_lines(shortened.text, line_starts(shortened.text))

    def only(self, start: int, end: int) -> None:
        """Nodes are from now on those of one statement of the text, which stands there."""
        self._reach = (start, end)
        vars(self).pop("_comments", None)

    @contextmanager
    def inside(self, code: str, base: int) -> Iterator[None]:
        """While open, nodes are those of a tree parsed from a piece of the text."""
        outer = (self._starts, self._wide)
        self._read_lines(code, base)
        try:
            yield
        finally:
            self._starts, self._wide = outer

    # Nodes

    def statement(self, node: ast.stmt | ast.excepthandler) -> tuple[int, int]:
        return self.start(node), self.end_of_statement(node)

    def end_of_statement(self, node: ast.stmt | ast.excepthandler) -> int:
        """Where a statement ends: of a compound one, the tree counts a last semicolon in."""
        end = self.end(node)
        if self.text[end - 1] == ";":
            end = self._before(end - 1) + 1
        return end

    def start(self, node: Any) -> int:
        column = node.col_offset
        wide = self._wide.get(node.lineno)
        if wide is not None:
            column = len(wide[:column].decode())
        return int(self._starts[node.lineno - 1] + column)

    def end(self, node: Any) -> int:
        column = node.end_col_offset
        cut = self.cuts.get(node.end_lineno)
        if cut is not None and column > cut.column:
            return cut.end
        wide = self._wide.get(node.end_lineno)
        if wide is not None:
            column = len(wide[:column].decode())
        return int(self._starts[node.end_lineno - 1] + column)

    def of(self, node: Any) -> tuple[int, int]:
        """An expression with its own parentheses."""
        starts, wide, text = self._starts, self._wide, self.text
        line, column = node.lineno, node.col_offset
        last, behind = node.end_lineno, node.end_col_offset
        if wide:
            if line in wide:
                column = len(wide[line][:column].decode())
            if last in wide:
                behind = len(wide[last][:behind].decode())
        start, end = starts[line - 1] + column, starts[last - 1] + behind
        if text[end] in _MAY_FOLLOW and text[start - 1] in _MAY_PRECEDE:
            return self._with_brackets(start, end)
        return start, end

    def _with_brackets(self, start: int, end: int) -> tuple[int, int]:
        """The range with the pairs of parentheses that are directly around it."""
        text = self.text
        while True:
            opening = start - 1
            while text[opening] in " \t":
                opening -= 1
            if text[opening] != "(" and (text[opening] not in "\r\n\f\\" or opening < 0):
                return start, end
            closing = end if text[end] == ")" else self.skip(end)
            if text[closing : closing + 1] != ")":
                return start, end
            # Looking back over comments is what takes long.
            if text[opening] != "(":
                opening = self._before(opening + 1)
            if opening < 0 or text[opening] != "(" or opening in self.taken:
                return start, end
            start, end = opening, closing + 1

    def _before(self, at: int) -> int:
        """Where the last character before an offset stands that is neither space nor comment; -1 where there is none."""
        text = self.text
        at -= 1
        while at >= 0 and text[at] in " \t\f\r\n\\":
            if text[at] in "\r\n":
                at = self._start_of_comment(at)
            at -= 1
        return at

    def _start_of_comment(self, end: int) -> int:
        """Where the comment starts that a line ends with which ends at an offset, outside of strings; the offset where there is none."""
        text = self.text
        start = text.find("#", max(text.rfind("\n", 0, end), text.rfind("\r", 0, end)) + 1, end)
        if start < 0:
            return end
        # A string with a number sign would have to end behind it.
        if text.find('"', start, end) < 0 and text.find("'", start, end) < 0:
            return start
        return self._comments.get(end, end)

    @cached_property
    def _comments(self) -> dict[int, int]:
        """Where comments start, by where they end."""
        table: dict[int, int] = {}
        at, end = self._reach
        while (found := _COMMENT_OR_QUOTE.search(self.text, at, end)) is not None:
            if found.group().startswith("#"):
                at = found.end()
                table[at] = found.start()
            else:
                at = end_of_literal(self.text, found.start())
        return table

    # Tokens without a node

    def skip(self, at: int, gap: re.Pattern[str] = GAP) -> int:
        """Where the next token starts."""
        found = gap.match(self.text, at)
        return found.end() if found else at

    def keyword(self, word: str, at: int, gap: re.Pattern[str] = GAP) -> int:
        """Where a keyword ends that comes next."""
        at = self.skip(at, gap)
        if not self.text.startswith(word, at):
            raise UnclearPlace
        return at + len(word)

    def branch(self, word: str, last: ast.stmt | ast.excepthandler) -> int:
        """Where a branch (`else`, `finally`) starts that follows a statement."""
        return self.keyword(word, self.end(last), _BEHIND_STATEMENT) - len(word)

    def case(self, before: int) -> int:
        """Where the `case` starts that follows a subject or statement that ends at an offset."""
        return self.keyword("case", before, _BEHIND_SUBJECT) - len("case")

    def word(self, at: int, gap: re.Pattern[str] = GAP) -> tuple[int, int]:
        """The name that comes next."""
        found = _WORD.match(self.text, self.skip(at, gap))
        if found is None:
            raise UnclearPlace
        return found.span()

    def word_before(self, end: int) -> tuple[int, int]:
        """The name that ends at an offset."""
        start = end
        while start > 0 and (self.text[start - 1].isalnum() or self.text[start - 1] == "_" or not self.text[start - 1].isascii()):
            start -= 1
        return start, end

    def words(self, start: int, end: int) -> list[tuple[int, int]]:
        """All names between two offsets."""
        return [found.span() for found in _WORD.finditer(self.text, start, end)]

    def name_of(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> tuple[int, int]:
        """The name in the header of a definition."""
        at = self.start(node)
        if isinstance(node, ast.AsyncFunctionDef):
            at = self.keyword("async", at)
        return self.word(self.keyword("class" if isinstance(node, ast.ClassDef) else "def", at))

    def rest_of(self, node: ast.MatchMapping) -> tuple[int, int]:
        """The name behind `**` in a mapping pattern."""
        last = max((self.end(each) for each in (*node.keys, *node.patterns)), default=self.start(node) + 1)
        return self.word(self.keyword("**", last, _BEHIND_PATTERN))

    # Parentheses that are no expression's own

    def take_bracket_of_call(self, func_end: int) -> int:
        """The parenthesis that opens the arguments of a call."""
        at = func_end if self.text[func_end] == "(" else self.skip(func_end)
        self.taken.add(at)
        return at

    def take_bracket_of_class(self, node: ast.ClassDef) -> None:
        at = self.name_of(node)[1]
        parameters = getattr(node, "type_params", ())
        gap = _BEHIND_TYPE_PARAMETER if parameters else GAP
        self.taken.add(self.skip(self.end(parameters[-1]) if parameters else at, gap))

    def take_bracket_of_with(self, node: ast.With | ast.AsyncWith) -> None:
        """`with (a):`: Python's grammar takes the parentheses for those of the statement where it can."""
        item = node.items[0]
        if len(node.items) > 1 or item.optional_vars is not None:
            return
        if isinstance(item.context_expr, (ast.NamedExpr, ast.Yield, ast.YieldFrom)):
            return
        at = self.start(node)
        if isinstance(node, ast.AsyncWith):
            at = self.keyword("async", at)
        at = self.skip(self.keyword("with", at))
        if self.text[at] == "(" and at < self.start(item.context_expr):
            self.taken.add(at)
