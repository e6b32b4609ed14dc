"""`--output-format github`: workflow commands, which GitHub Actions shows as annotations at the lines of a pull request.

Format: docs.github.com/actions/reference/workflows-and-actions/workflow-commands, read 2026-11.
"""

from __future__ import annotations

from llmlint.report.base import Report, output_format, place
from llmlint.report.ci import Entry, entries, errors, explanation, level
from llmlint.report.terminal import visible

_LEVELS = ("error", "warning", "notice")


@output_format("github")
def render(report: Report, *, color: bool) -> str:
    lines = [_command(entry, report) for entry in entries(report)]
    lines += [f"::error title=llmlint,file={_property(path)}::{_data(reason)}\n" for path, reason in errors(report)]
    return "".join(lines)


def _command(entry: Entry, report: Report) -> str:
    finding, start, end = entry.finding, entry.start, entry.end
    if entry.is_in_notebook:
        where = "line=1"
    else:
        # Columns count only where the span ends in the line in which it starts; a line break at the end belongs to no further line.
        last = end.line - 1 if end.column == 1 and end.line > start.line else end.line
        where = f"line={start.line},endLine={last}"
        if last == end.line == start.line:
            where += f",col={start.column},endColumn={end.column}"
    title = _property(f"llmlint ({finding.code} {finding.name})")
    first = f"{place(entry.path, start)}: {finding.code} {visible(finding.message)}"
    text = "\n".join([first, *explanation(entry, report)])
    return f"::{level(finding, _LEVELS)} title={title},file={_property(visible(entry.path))},{where}::{_data(text)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
