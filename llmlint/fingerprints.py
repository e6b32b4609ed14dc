"""What identifies a finding when the file around it changes: never a line number, so that it survives edits elsewhere."""

from __future__ import annotations

import ast
import hashlib
import re
import warnings
from collections.abc import Callable, Sequence
from typing import NamedTuple

from llmlint.findings import Finding
from llmlint.source import Source, Span

_SPACE = re.compile(r"\s+")


class Fingerprint(NamedTuple):
    """The identity of a finding: rule, file and function of the call, and a hash of the call and of the text that it rests on.

    `function` is the qualified name of the function or class around the call, empty at module level.
    """

    code: str
    path: str
    function: str
    content: str

    def digest(self) -> str:
        """One short name for all of it."""
        return _hash("\0".join(self))


class Fingerprints:
    """Makes fingerprints of a run's findings. `source_of` gives the text of a file by path."""

    def __init__(self, source_of: Callable[[str], Source]) -> None:
        self._source_of = source_of
        self._scopes: dict[str, Sequence[_Scope]] = {}

    def of(self, finding: Finding) -> Fingerprint:
        rests_on = [finding.call, finding.at, *(related.span for related in finding.related)]
        content = _hash("\0".join(self._text(span) for span in dict.fromkeys(rests_on)))
        return Fingerprint(finding.code, finding.call.path, self.function(finding.call), content)

    def function(self, span: Span) -> str:
        """The qualified name of the innermost function or class that a span lies in."""
        if span.path not in self._scopes:
            self._scopes[span.path] = _scopes(self._source_of(span.path).text)
        names = [scope.name for scope in self._scopes[span.path] if scope.start <= span.start < scope.end]
        return ".".join(names)

    def _text(self, span: Span) -> str:
        """The text of a span, the same however it is laid out."""
        return _SPACE.sub(" ", self._source_of(span.path).text[span.start : span.end])


class _Scope(NamedTuple):
    name: str
    start: int
    end: int


def _scopes(text: str) -> list[_Scope]:
    """The functions and classes of a module, outer before inner; none where Python's parser cannot read it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return []
    offset = _Offsets(text)
    found: list[_Scope] = []
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            end = offset.of(node.end_lineno or node.lineno, node.end_col_offset or 0)
            found.append(_Scope(node.name, offset.of(first, 0), end))
        pending += ast.iter_child_nodes(node)
    return sorted(found, key=lambda scope: (scope.start, -scope.end))


class _Offsets:
    """From the lines and columns of `ast`, which count bytes of UTF-8, to offsets in a text."""

    def __init__(self, text: str) -> None:
        self._source = Source("", text)

    def of(self, line: int, column: int) -> int:
        start = self._source.starts[min(line, len(self._source.starts)) - 1]
        return start + len(self._source.text[start : start + column].encode()[:column].decode(errors="ignore"))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]
