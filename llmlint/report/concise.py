"""`--output-format concise`: one line for each place where something was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmlint.report.base import Report, by_place, is_fixable, not_checked, output_format, place, summary
from llmlint.report.terminal import Palette, visible
from llmlint.rules.names import rule_address

if TYPE_CHECKING:
    from llmlint.findings import Diagnostic


def headline(diagnostic: Diagnostic, report: Report, palette: Palette) -> str:
    """`path:line:column: CODE [*] message`; `[*]` marks what `--fix` would fix."""
    finding = diagnostic.finding
    where = palette.bold(f"{place(finding.at.path, diagnostic.start)}:")
    mark = f" [{palette.label('*')}]" if is_fixable(diagnostic, report) else ""
    code = palette.link(palette.error(finding.code), rule_address(finding.code, finding.name))
    return f"{where} {code}{mark} {visible(finding.message)}"


def closing(report: Report, palette: Palette) -> str:
    """The summary line, or nothing in a quiet run."""
    if report.quiet:
        return ""
    line, more = summary(report), not_checked(report)
    is_clean = not report.found and not report.errors and (report.calls or report.since)
    return (palette.good(line) if is_clean else line) + "\n" + (f"{more}\n" if more else "")


@output_format("concise")
def render(report: Report, *, color: bool) -> str:
    palette = Palette(color, report.links)
    lines = [headline(first, report, palette) + "\n" for first, *_ in by_place(report)]
    return "".join(lines) + closing(report, palette)
