"""Between offsets of a source and the positions and names of the language server protocol."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Sequence
from typing import Literal
from urllib.parse import unquote, urlsplit

from lsprotocol import types

from llmlint.source import Source

Encoding = Literal["utf-8", "utf-16", "utf-32"]


def path_of(uri: str) -> str | None:
    """The absolute path of a file; None of other things, such as files of an archive or of a version of git."""
    parts = urlsplit(uri)
    if parts.scheme != "file":
        return None
    path = unquote(parts.path)
    if os.name == "nt":
        path = path.lstrip("/").replace("/", os.sep)
    return os.path.normpath(path)


def uri_of(path: str) -> str:
    from pathlib import Path

    return Path(path).as_uri()


def units(text: str, encoding: Encoding) -> int:
    """How many units of a position a text has."""
    if text.isascii() or encoding == "utf-32":
        return len(text)
    return (
        len(text.encode("utf-8", "surrogatepass")) if encoding == "utf-8" else len(text.encode("utf-16-le", "surrogatepass")) // 2
    )


class Positions:
    """The positions of one source; of a notebook, inside its cells. `cell_uris` are those of all cells, in order."""

    def __init__(self, source: Source, encoding: Encoding, uri: str, cell_uris: Sequence[str] = ()) -> None:
        self._source, self._encoding, self._uri, self._cell_uris = source, encoding, uri, cell_uris

    def uri_at(self, offset: int) -> str:
        """The document that an offset lies in."""
        cell = self._source.cell_at(offset)
        return self._uri if cell is None or cell.index >= len(self._cell_uris) else self._cell_uris[cell.index]

    def position(self, offset: int) -> types.Position:
        source = self._source
        line = bisect_right(source.starts, offset) - 1
        cell = source.cell_at(offset)
        first = 0 if cell is None else bisect_right(source.starts, cell.start) - 1
        start = source.starts[line]
        return types.Position(line - first, units(source.text[start:offset], self._encoding))

    def range(self, start: int, end: int) -> types.Range:
        cell = self._source.cell_at(start)
        return types.Range(self.position(start), self.position(end if cell is None else min(end, cell.end)))


def is_within(inner: types.Range, outer: types.Range) -> bool:
    """Whether two ranges overlap or touch."""
    return _key(inner.start) <= _key(outer.end) and _key(outer.start) <= _key(inner.end)


def _key(position: types.Position) -> tuple[int, int]:
    return position.line, position.character
