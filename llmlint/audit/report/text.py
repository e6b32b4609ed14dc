"""An audit as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.audit.figures import Audit
from llmlint.audit.report.tables import Table, tables
from llmlint.report.terminal import visible

_WIDEST = 48


def render(audit: Audit) -> str:
    return "\n\n".join("\n".join(_lines(table)) for table in tables(audit)) + "\n"


def _lines(table: Table) -> Iterator[str]:
    yield table.title
    if table.rows:
        names = tuple(name.strip() for name in table.columns)
        rows = [tuple(_short(visible(cell)) for cell in row) for row in table.rows]
        head = [names] if any(names) else []
        widths = [max(len(row[index]) for row in (*head, *rows)) for index in range(len(names))]
        for row in (*head, *rows):
            cells = [
                cell.rjust(width) if name.endswith(" ") else cell.ljust(width)
                for cell, width, name in zip(row, widths, table.columns, strict=True)
            ]
            yield f"  {'  '.join(cells)}".rstrip()
    for note in table.notes:
        yield f"  {visible(note)}"


def _short(cell: str) -> str:
    """The end of a long cell tells more than its start: paths and names."""
    return cell if len(cell) <= _WIDEST or " " in cell else f"…{cell[-_WIDEST + 1 :]}"
