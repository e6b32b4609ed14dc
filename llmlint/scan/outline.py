"""Text → facts that grow: most functions of a file are never looked into, least of all where it only answers questions from others.

What is outside of functions is lowered at once, and so are their headers. A body is lowered when somebody asks for it: by the function
itself, or by a name that it mentions. Its facts are the same as those of a whole scan, but for the numbers of scopes and blocks.
"""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from llmlint.performance.contains import contains_of
from llmlint.scan.ast_places import Places, UnclearPlace
from llmlint.scan.ast_visitor import AstVisitor
from llmlint.scan.facts import Mention
from llmlint.scan.parse import NewerSyntax, ScanError, parse
from llmlint.scan.scan import scan_if, working_conditions
from llmlint.scan.skeleton import Skeleton, skeleton
from llmlint.scan.strings import UnclearLiteral

if TYPE_CHECKING:
    from dataclasses import dataclass

    from llmlint.performance.contains import Contains
    from llmlint.scan.facts import GrowingFacts, ModuleFacts
else:
    from llmlint.performance.unfrozen import dataclass


def outline(text: str, path: str) -> ModuleFacts | GrowingFacts:
    """The facts of a file, growing where that can be. Raises `ScanError`."""
    shortened = skeleton(text)
    if shortened is not None:
        with contextlib.suppress(NewerSyntax, ScanError, UnclearPlace, UnclearLiteral), working_conditions():
            return Outline(parse(shortened.text), path, text, shortened)
    facts = outline_if(lambda tree: True, text, path)
    assert facts is not None
    return facts


def outline_if(wanted: Callable[[ast.Module], bool], text: str, path: str) -> ModuleFacts | GrowingFacts | None:
    """The same where a look at the syntax tree says that the facts are wanted, or where there is no tree; else None."""
    with working_conditions():
        try:
            tree = parse(text)
            return Outline(tree, path, text) if wanted(tree) else None
        except (NewerSyntax, UnclearPlace, UnclearLiteral):
            return scan_if(wanted, text, path)


# What stands behind a name, by how it is mentioned; the comment in the middle of an expression is not looked behind.
_BEHIND = {
    Mention.ANY: re.compile(r"(?!\w)"),
    Mention.CALLED: re.compile(r"[\"']?[\s\\)]*\("),
    Mention.HANDED: re.compile(r"[\s\\]*[,)\]}#]"),
    Mention.NAMED: re.compile(r"[ \t]*(?:[\r\n;,)#\\]|(?:as|if|else)\b|\Z)"),
    Mention.IMPORTED: re.compile(r"\.|[ \t]+(?:import|as)\b|[ \t]*(?:[\r\n;,)#\\]|\Z)"),
    Mention.USED: re.compile(r"[\s\\]*[(,)\]}#]|[ \t]*(?:[\r\n;\\]|as\b|\Z)|[\"']"),
    Mention.MEMBER: re.compile(r"[\s\\]*[(,)\]}#]|[ \t]*(?:[\r\n;\\]|as\b|\Z)|[\"']"),
    Mention.HELD: re.compile(r"[\s\\)]*(?:#[^\r\n]*[\r\n][\s\\)]*)*[.\[]"),
    # A target alone, with an annotation, of a loop; and one of several, in one line or up to a closing bracket.
    Mention.STORED: re.compile(
        r"[ \t\\]*(?:=(?!=)|:[ \t]*[^\s#]|[-+*/%&|^@<>]{1,3}=|in\b|[,)\]][^\r\n=]*(?:=(?!=)|\bin\b)|[\s,)\]][^{}=:]{0,500}[)\]][ \t]*(?:=(?!=)|in\b))"
    ),
}


_GLOBAL = re.compile(r"(?:[\r\n;:][ \t\f\\]*|^)global[ \t\f\\]")
_SPACE = " \t\r\n\\"
_LONGEST_SPACE = 200
_TARGET_OF_WITH = re.compile(r"\bas[ \t(]+[\w., \t]*\.\Z")
_IMPORT = re.compile(r"import\b(?:[^\r\n(\\]|\\\r?\n)*(?:\((?:[^()#]|#[^\r\n]*[\r\n])*)?")
_LONGEST_IMPORT = 3000


def _fits_ahead(text: str, at: int, how: Mention) -> bool:
    """Whether the text before a name allows this kind of use."""
    start = max(at - _LONGEST_SPACE, 0)
    if how is Mention.MEMBER:
        return text[start:at].rstrip(_SPACE).endswith((".", '"', "'"))
    if how in (Mention.STORED, Mention.HELD):
        return text[start:at].rstrip(_SPACE).endswith(".")
    if how is Mention.NAMED:
        if text[start:at].rstrip(_SPACE + "(").endswith(("=", ".", "else")):
            return True
        first = max(at - _LONGEST_IMPORT, 0)
        imported = text.rfind("import", first, at)
        # The word may also stand in a comment beside the names.
        while imported >= 0 and not _IMPORT.fullmatch(text, imported, at):
            imported = text.rfind("import", first, imported)
        return imported >= 0
    return True


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


# From how many characters on the trees of functions are let go of: they take thirty times as much, and of most nothing is asked.
_MOST_KEPT = 200_000


@dataclass(frozen=True, slots=True)
class _Body:
    """A function whose body has not been looked into: where it stands, in the text and among the blocks; and its tree, if that is there."""

    start: int
    end: int
    block: int
    first: int
    node: ast.FunctionDef | ast.AsyncFunctionDef | None


class Outline(AstVisitor):
    """The growing facts themselves; as `ModuleFacts`, with lists in place of tuples."""

    def __init__(self, tree: ast.Module, path: str, text: str, shortened: Skeleton | None = None) -> None:
        self._text = text
        self._bodies: dict[int, _Body] = {}
        # Of each function that may wait: its scope, and where it starts, its body starts, and it ends.
        self._waiting: list[tuple[int, tuple[int, int, int]]] = []
        # Where they start, in the order of the source: none of them lies in another.
        self._starts: list[int] = []
        self._numbers: dict[int, int] = {}
        self._found: dict[str, list[int]] = {}
        self._data = b""
        self._has: Contains | None = None
        self._is_inside = False
        places = Places(text)
        # Of a shortened text there are no trees to be looked into later; those of a large one are not worth their memory.
        self._places = places if shortened is None and len(text) < _MOST_KEPT else None
        if shortened is not None:
            places.use(shortened)
        super().__init__(tree, path, text, places)

    def __getstate__(self) -> dict[str, Any]:
        # Trees would take longer to send to another process than to make there again.
        bodies = {scope: dataclasses.replace(body, node=None) for scope, body in self._bodies.items()}
        return {**vars(self), "_bodies": bodies, "_places": None, "_data": b"", "_has": None}

    def lower_scope(self, scope: int) -> bool:
        """Look into a function, if that has not been done; whether it has been done now."""
        if scope not in self._bodies:
            return False
        self._lower((scope,))
        return True

    def lower_mentions(self, name: str, how: Mention) -> bool:
        """Look into all functions that mention a name in some way, by their text; whether there were any."""
        return bool(self._bodies) and self.lower_functions(self.mentioning(name, how))

    def lower_functions(self, numbers: Sequence[int]) -> bool:
        """Look into functions by their numbers; whether that had not been done for one of them."""
        scopes = [scope for scope in (self._waiting[number][0] for number in numbers) if scope in self._bodies]
        self._lower(scopes)
        return bool(scopes)

    def mentioning(self, name: str, how: Mention) -> list[int]:
        """The functions that mention a name in some way, by their numbers."""
        found: list[int] = []
        for at in self.mentions(name, how):
            number = bisect_right(self._starts, at) - 1
            if number >= 0 and number not in found[-1:] and at + len(name) <= self._waiting[number][1][2]:
                found.append(number)
        return found

    @property
    def functions(self) -> tuple[tuple[int, int, int], ...]:
        return tuple(places for _, places in self._waiting)

    def number_of(self, scope: int) -> int | None:
        if len(self._numbers) != len(self._waiting):
            self._numbers = {each: number for number, (each, _) in enumerate(self._waiting)}
        return self._numbers.get(scope)

    def mentions(self, name: str, how: Mention) -> Iterator[int]:
        """Where a name is mentioned in some way, anywhere in the file."""
        text, behind = self._text, _BEHIND[how]
        for at in self._places_of(name):
            if behind.match(text, at + len(name)) is not None:
                if _fits_ahead(text, at, how):
                    yield at
            elif how is Mention.STORED and _TARGET_OF_WITH.search(text, max(at - _LONGEST_SPACE, 0), at):
                yield at

    def _places_of(self, name: str) -> list[int]:
        """Where a name stands as a word: it is asked for in several ways, one after another. An empty one, as of lambdas, stands nowhere."""
        if name not in self._found:
            text = self._text
            found = self._found[name] = []
            if self._has is None:
                self._data = text.encode("utf-8", "surrogatepass")
                self._has = contains_of(self._data)
            # Most files hold few of the names that are asked for.
            at = text.find(name) if name and self._has(self._data, name.encode("utf-8", "surrogatepass")) else -1
            while at >= 0:
                end = at + len(name)
                if not _is_word(text[at - 1 : at]) and not _is_word(text[end : end + 1]):
                    found.append(at)
                at = text.find(name, end)
        return self._found[name]

    def body(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        if self._is_inside or isinstance(node, ast.ClassDef) or not self._may_wait(node):
            super().body(node)
            return
        start, end = self.places.statement(node)
        self._waiting.append((self.scope, (start, self._behind_header(node.body[0]), end)))
        self._starts.append(start)
        self._bodies[self.scope] = _Body(start, end, self.block, self.order, node if self._places else None)
        # No body has more to count than characters.
        self.order += end - start

    def _behind_header(self, first: ast.stmt) -> int:
        """Where the body of a function starts, with its first line: that of its first statement, or of a comment ahead of it."""
        decorators = getattr(first, "decorator_list", ())
        at = self._text.rfind("@", 0, self.places.start(decorators[0])) if decorators else self.places.start(first)
        line = self._text.rfind("\n", 0, at) + 1
        if self._text[line:at].strip(" \t\f"):
            return at
        while line:
            ahead = self._text.rfind("\n", 0, line - 1) + 1
            if not (code := self._text[ahead:line].strip()) or code.startswith("#"):
                line = ahead
            else:
                break
        return line

    def _may_wait(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        """Whether a function stands alone on its lines, and what it does to names outside is nobody's business before it is asked for."""
        start, end = self.places.statement(node)
        before = self._text[self._text.rfind("\n", 0, start) + 1 : start]
        return not before.strip(" \t") and _GLOBAL.search(self._text, start, end) is None

    def _lower(self, scopes: Iterable[int]) -> None:
        if not scopes:
            return
        self._is_inside = True
        with working_conditions():
            self.open(self._places or Places(self._text, is_whole=False))
            for scope in scopes:
                self._lower_body(scope, self._bodies.pop(scope))
            self.close()

    def _lower_body(self, scope: int, body: _Body) -> None:
        facts: tuple[list[Any], ...] = (
            *(self.scopes, self.blocks, self.bindings, self.stores, self.calls, self.references, self.exits, self.star_imports),
            self.rows,
        )
        counts = [len(each) for each in facts]
        self.scope, self.block, self.order = scope, body.block, body.first
        self.places.only(body.start, body.end)
        try:
            if body.node is not None:
                self.statements(body.node.body)
            else:
                self._lower_text(scope, body)
        except (NewerSyntax, ScanError, RecursionError, UnclearPlace, UnclearLiteral):
            # The whole file would now be libcst's to read. Nothing is known of one body instead.
            for each, count in zip(facts, counts, strict=True):
                del each[count:]

    def _lower_text(self, scope: int, body: _Body) -> None:
        """Look into a function of which there is only the text."""
        indent = self._text.rfind("\n", 0, body.start) + 1
        header = "if 1:\n" if indent < body.start else ""
        code = header + self._text[indent : body.end]
        [statement] = parse(code).body
        function = statement.body[0] if isinstance(statement, ast.If) else statement
        assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        with self.places.inside(code, indent - len(header)):
            header_end = self.places.start(function.body[0])
            self.scopes[scope] = dataclasses.replace(self.scopes[scope], header_end=header_end)
            self.blocks[body.block] = dataclasses.replace(self.blocks[body.block], header_end=header_end)
            self.statements(function.body)
