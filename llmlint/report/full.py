"""`--output-format full`: as `text`, and each fix as a diff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmlint.report.base import Report, by_place, output_format
from llmlint.report.concise import closing
from llmlint.report.terminal import Palette, visible, visible_character
from llmlint.report.text import Seen, finding_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmlint.findings import Edit, Fix


@output_format("full")
def render(report: Report, *, color: bool) -> str:
    palette, seen = Palette(color, report.links), Seen()
    report = report._replace(verbose=True)
    parts = []
    for first, *others in by_place(report):
        lines = list(finding_lines(first, others, report, palette, seen))
        if first.finding.fix is not None:
            lines += _diff(first.finding.fix, report, palette)
        parts.append("\n".join(lines) + "\n\n")
    return "".join(parts) + closing(report, palette)


def _diff(fix: Fix, report: Report, palette: Palette) -> Iterator[str]:
    """What the fix changes, file by file; of a notebook, cell by cell."""
    from llmlint.fixes.apply import apply_edits
    from llmlint.fixes.patch import readable_diff
    from llmlint.source import Span

    by_path: dict[str, list[Edit]] = {}
    for edit in dict.fromkeys(fix.edits):
        by_path.setdefault(edit.span.path, []).append(edit)
    for path, edits in by_path.items():
        source = report.source(path)
        for cell in source.cells or (None,):
            start, end = (0, len(source.text)) if cell is None else (cell.start, cell.end)
            inside = [edit for edit in edits if start <= edit.span.start <= edit.span.end <= end]
            moved = [type(edit)(Span(path, edit.span.start - start, edit.span.end - start), edit.text) for edit in inside]
            name = path if cell is None else f"{path}:cell {cell.index + 1}"
            old = source.text[start:end]
            for line in readable_diff(name, old, apply_edits(old, moved)).splitlines():
                yield painted(line, palette)
    for new in dict.fromkeys(fix.new_files):
        yield palette.bold(f"+++ {visible(new.path)} (a new file of {len(new.text.splitlines())} lines)")


def painted(line: str, palette: Palette) -> str:
    """One line of a diff, in its colour."""
    shown = "".join(map(visible_character, line.removesuffix("\r")))
    if line.startswith(("--- ", "+++ ", "@@")):
        return palette.bold(shown)
    if line.startswith("+"):
        return palette.good(shown)
    return palette.error(shown) if line.startswith("-") else shown
