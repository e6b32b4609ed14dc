"""`--output-format text`: each finding with its source, how to mend it and what that saves. The look is ruff's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from llmlint.findings import Applicability, Diagnostic, Saving
from llmlint.report.base import Report, by_place, output_format, place
from llmlint.report.concise import closing, headline
from llmlint.report.excerpt import excerpt
from llmlint.report.terminal import Palette, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

PROSE_WIDTH = 100
"""The columns at which assumptions are wrapped."""

HOW_TO_APPLY = {
    Applicability.SAFE: "",
    Applicability.UNSAFE: " (unsafe fix: --fix --unsafe-fixes)",
    Applicability.DISPLAY_ONLY: " (to be done by hand)",
}


@output_format("text")
def render(report: Report, *, color: bool) -> str:
    palette = Palette(color)
    findings = ["\n".join(finding_lines(first, others, report, palette)) + "\n\n" for first, *others in by_place(report)]
    return "".join(findings) + closing(report, palette)


def finding_lines(diagnostic: Diagnostic, others: list[Diagnostic], report: Report, palette: Palette) -> Iterator[str]:
    finding, start, end = diagnostic.finding, diagnostic.start, diagnostic.end
    yield headline(diagnostic, report, palette)
    yield from excerpt(diagnostic.lines, start.line, start.column - 1, end.column - 1, palette)
    if finding.help is not None:
        yield from _labelled("help", finding.help, palette)
    if finding.fix is not None:
        yield from _labelled("help", finding.fix.message + HOW_TO_APPLY[finding.fix.applicability], palette)
    if finding.saving is not None:
        yield from _saving(finding.saving, palette)
    shown = range(start.line, end.line + 1)
    call_is_shown = finding.call.path == finding.at.path and diagnostic.call.cell == start.cell and diagnostic.call.line in shown
    for related in finding.related:
        where = place(related.span.path, report.locate(related.span)[0])
        yield f"{palette.label('note')}: {where} {visible(related.message)}"
    # The related places lead to the call.
    if not call_is_shown and all(related.span != finding.call for related in finding.related):
        yield f"{palette.label('note')}: {place(finding.call.path, diagnostic.call)} this is the call"
    for other in others:
        yield f"{palette.label('note')}: {place(other.finding.call.path, other.call)} this call, too"


def _labelled(label: str, text: str, palette: Palette) -> Iterator[str]:
    """A labelled text; its further lines are indented to stand below the first."""
    first, *rest = text.splitlines() or [""]
    yield f"{palette.label(label)}: {visible(first)}"
    for line in rest:
        yield f"{'':{len(label) + 2}}{visible(line)}".rstrip()


def _saving(saving: Saving, palette: Palette) -> Iterator[str]:
    # Imported here, as most runs find nothing.
    import textwrap

    yield f"{palette.label('saving')}: {dollars(saving.now)} → {dollars(saving.after)} per 1,000 calls"
    for assumption in saving.assumptions:
        yield from textwrap.wrap(
            visible(assumption),
            PROSE_WIDTH,
            initial_indent=" " * 4,
            subsequent_indent=" " * 6,
            break_long_words=False,
            break_on_hyphens=False,
        )


def dollars(amount: float) -> str:
    """An amount in USD with cents, and below a dime with as many digits as it takes to show two that count (at most six)."""
    digits = 2 if abs(amount) < 1e-6 else min(6, max(2, 1 - math.floor(math.log10(abs(amount)))))
    return f"${amount:,.{digits}f}"
