"""One file as the rest of the program sees it: text, and the way from an offset to a place that a person can find."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dataclasses import dataclass as unfrozen_dataclass
else:
    from llmlint.performance.unfrozen import dataclass as unfrozen_dataclass


@unfrozen_dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of character offsets in the `Source.text` of one file."""

    path: str
    start: int
    end: int


class Location(NamedTuple):
    """A place for people: 1-based line and column (in characters); inside `cell` (0-based, among all cells) of a notebook."""

    line: int
    column: int
    cell: int | None = None


@unfrozen_dataclass(frozen=True, slots=True)
class Cell:
    """One code cell of a notebook inside `Source.text`: `index` among all cells, and where its text starts and ends."""

    index: int
    start: int
    end: int


@lru_cache(maxsize=2)
def line_starts(text: str) -> Sequence[int]:
    """The offset at which each line starts. Lines end at `\\n`, `\\r\\n` or `\\r`, as Python reads them.

    Known for the last texts: whoever parses one and whoever places its nodes ask one after the other.
    """
    lines = text.splitlines(keepends=True)
    starts = [0, *accumulate(map(len, lines))]
    if lines and lines[-1][-1] not in "\n\r":
        starts.pop()
    if len(starts) == text.count("\n") + 1:
        return starts
    starts = [0]
    position = 0
    for line in lines:
        position += len(line)
        # str.splitlines also breaks at form feeds and Unicode separators, which do not end a line of Python.
        if line[-1] in "\n\r":
            starts.append(position)
    return starts


def _start_of(cell: Cell) -> int:
    return cell.start


@dataclass(slots=True)
class Source:
    """A decoded file.

    `path` is how the user would name it (relative to the working directory where it lies below it, with `/`).
    `text` is the code without a byte order mark; of a notebook, its code cells in order, one after another, with magics and
    shell lines masked by text of the same length. `encoding` is what Python would decode the file with.
    """

    path: str
    text: str
    encoding: str = "utf-8"
    has_bom: bool = False
    cells: tuple[Cell, ...] = ()
    _line_starts: Sequence[int] = field(default=(), repr=False)

    @property
    def starts(self) -> Sequence[int]:
        if not self._line_starts:
            self._line_starts = line_starts(self.text)
        return self._line_starts

    @property
    def newline(self) -> str:
        """How the first line ends; `\\n` where there is only one."""
        end = self.text.find("\n")
        alone = self.text.find("\r", 0, end if end >= 0 else len(self.text))
        if alone < 0:
            return "\n"
        return "\r\n" if alone + 1 == end else "\r"

    def location(self, offset: int) -> Location:
        """Where a character offset lies for a person."""
        line = bisect_right(self.starts, offset)
        column = offset - self.starts[line - 1] + 1
        cell = self.cell_at(offset)
        if cell is None:
            return Location(line, column)
        first_line = bisect_right(self.starts, cell.start)
        return Location(line - first_line + 1, column, cell.index)

    def cell_at(self, offset: int) -> Cell | None:
        """The notebook cell that an offset lies in; None outside notebooks."""
        at = bisect_right(self.cells, offset, key=_start_of)
        return self.cells[at - 1] if at and offset <= self.cells[at - 1].end else None

    def line_text(self, offset: int) -> str:
        """The whole physical line that an offset lies in, without its line ending."""
        line = bisect_right(self.starts, offset)
        end = self.starts[line] if line < len(self.starts) else len(self.text)
        return self.text[self.starts[line - 1] : end].rstrip("\r\n")
