"""An audit as Markdown, as for the summary of a CI job."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.audit.figures import Audit
from llmlint.audit.report.tables import Table, tables
from llmlint.report.terminal import visible


def render(audit: Audit) -> str:
    parts = ["# Audit of LLM spend", *("\n".join(_lines(table)) for table in tables(audit))]
    return "\n\n".join(parts) + "\n"


def _lines(table: Table) -> Iterator[str]:
    yield f"## {table.title}"
    yield ""
    if table.rows:
        yield f"| {' | '.join(name.strip() for name in table.columns)} |"
        yield f"|{'|'.join('---:' if name.endswith(' ') else '---' for name in table.columns)}|"
        for row in table.rows:
            yield f"| {' | '.join(map(_cell, row))} |"
        yield ""
    for note in table.notes:
        yield f"- {_cell(note)}"


def _cell(text: str) -> str:
    return visible(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")
