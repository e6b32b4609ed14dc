"""`--output-format text`: what is wrong and what it costs, the line to fix, and how to fix it. The look is ruff's.

A finding takes about six lines. What it rests on, and how each value was resolved, is shown by `--verbose`.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import TYPE_CHECKING

from llmlint.findings import Applicability, Diagnostic, Finding, Saving
from llmlint.report.base import Report, by_place, output_format, place
from llmlint.report.concise import closing, headline
from llmlint.report.excerpt import excerpt
from llmlint.report.terminal import Palette, visible, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmlint.source import Span

DAYS = 30

HOW_TO_APPLY = {
    Applicability.SAFE: "",
    Applicability.UNSAFE: " (unsafe fix: --fix --unsafe-fixes)",
    Applicability.DISPLAY_ONLY: " (to be done by hand)",
}


class Seen(set[tuple[str, int, int]]):
    """The places whose source has been printed: a prompt that two findings are about is printed once."""


@output_format("text")
def render(report: Report, *, color: bool) -> str:
    palette, seen = Palette(color, report.links), Seen()
    findings = ["\n".join(finding_lines(first, others, report, palette, seen)) + "\n\n" for first, *others in by_place(report)]
    return "".join(findings) + "".join(_total(report, palette)) + closing(report, palette)


def finding_lines(
    diagnostic: Diagnostic, others: list[Diagnostic], report: Report, palette: Palette, seen: Seen
) -> Iterator[str]:
    finding = diagnostic.finding
    yield from _wrapped(headline(diagnostic, report, palette) + _cost([diagnostic, *others], report), report, "    ")
    at = _place_to_fix(finding)
    if (key := (at.path, at.start, at.end)) not in seen:
        seen.add(key)
        yield from _excerpt(diagnostic, at, report, palette)
    if finding.fix is not None:
        yield from _labelled("help", finding.fix.message + HOW_TO_APPLY[finding.fix.applicability], report, palette)
    if finding.help is not None and (finding.fix is None or report.verbose):
        yield from _labelled("help", finding.help, report, palette)
    yield from _notes(diagnostic, others, at, report, palette)
    if report.verbose and finding.saving is not None:
        for assumption in finding.saving.assumptions:
            yield from _wrapped(f"    {visible(assumption)}", report, "      ")


def _cost(group: list[Diagnostic], report: Report) -> str:
    """What the calls of one place cost now and after the fix, for the end of a headline."""
    saving = group[0].finding.saving
    if saving is None:
        return ""
    said = f"; {dollars(saving.now)} → {dollars(saving.after)} per 1,000 calls"
    month = sum(filter(None, (_monthly(each.finding, report) for each in group)))
    return said + (f", {dollars(month)} a month" if month else "")


def _monthly(finding: Finding, report: Report) -> float | None:
    """What a finding costs in a month beyond what it would cost when fixed, where an audit or the settings say how often its call runs."""
    if finding.saving is not None and finding.saving.monthly is not None:
        return finding.saving.monthly
    volume = report.calls_per_day(finding.call.path) if finding.saving is not None else None
    return None if volume is None or finding.saving is None else _saved(finding.saving) * volume * DAYS / 1000


def _saved(saving: Saving) -> float:
    return saving.now - saving.after


def _place_to_fix(finding: Finding) -> Span:
    """What an excerpt shows: the first part of the call, or of what the finding points at, that a fix changes; else what it points at."""
    edits = [edit.span for edit in finding.fix.edits] if finding.fix is not None else []
    for whole in (finding.at, finding.call):
        for span in sorted(edits, key=lambda span: (span.path, span.start)):
            if span.path == whole.path and whole.start <= span.start <= span.end <= whole.end:
                return finding.at if whole == finding.at else span
    return finding.at


def _excerpt(diagnostic: Diagnostic, at: Span, report: Report, palette: Palette) -> Iterator[str]:
    """The first line of a place. Where it is not that of the headline, it is named."""
    finding, start, end = diagnostic.finding, diagnostic.start, diagnostic.end
    if at == finding.at:
        line, first, last = diagnostic.lines[0] if diagnostic.lines else "", start.column - 1, end.column - 1
        more = end.line - start.line - (1 if end.column == 1 else 0)
    else:
        start, end = report.locate(at)
        line, first, last = report.source(at.path).line_text(at.start), start.column - 1, end.column - 1
        more = end.line - start.line
        yield f"{palette.gutter(' -->')} {place(at.path, start)}"
    yield from excerpt(
        line, max(0, more), start.line, first, last if start.line == end.line else len(line), palette, report.width
    )


def _notes(diagnostic: Diagnostic, others: list[Diagnostic], at: Span, report: Report, palette: Palette) -> Iterator[str]:
    """What the rule points at besides, and the call where that is not seen; with `verbose` each step on which a value gets to it."""
    finding = diagnostic.finding
    label = palette.label("note")
    shown = (at.path, diagnostic.start.line if at == finding.at else report.locate(at)[0].line)
    own = [each for each in finding.related if not each.is_step]
    related = finding.related if report.verbose else tuple(own[:1])
    for each in related:
        yield from _wrapped(
            f"{label}: {place(each.span.path, report.locate(each.span)[0])} {visible(each.message)}", report, "      "
        )
        if report.verbose:
            yield from _step(each.span, report, palette)
    is_seen = shown == (finding.call.path, diagnostic.call.line) or any(each.span == finding.call for each in related)
    more = [] if report.verbose else _counts(len(others), len(finding.related) - len(related))
    hint = f"{' and '.join(more)} with --verbose" if more else ""
    if not is_seen:
        said = f"{label}: {place(finding.call.path, diagnostic.call)} this is the call"
        yield from _wrapped(said + (f" ({hint})" if hint else ""), report, "      ")
    elif hint:
        yield f"{label}: {hint}"
    if report.verbose:
        for span in finding.rests_on:
            yield f"{label}: {place(span.path, report.locate(span)[0])} it rests on this, too"
            yield from _step(span, report, palette)
        for other in others:
            yield f"{label}: {place(other.finding.call.path, other.call)} this call, too"


def _counts(calls: int, steps: int) -> list[str]:
    named = ((calls, "more call"), (steps, "more step"))
    return [f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in named if count]


def _step(span: Span, report: Report, palette: Palette) -> Iterator[str]:
    """The line of source in which a step is written."""
    try:
        source = report.source(span.path)
    except KeyError:
        return
    line = source.line_text(span.start)
    lines = bisect_right(source.starts, span.end) - bisect_right(source.starts, span.start)
    start = span.start - source.starts[bisect_right(source.starts, span.start) - 1]
    end = len(line) if lines else start + span.end - span.start
    yield from (
        f"    {text}" for text in excerpt(line, 0, source.location(span.start).line, start, end, palette, report.width)[:1]
    )


def _total(report: Report, palette: Palette) -> Iterator[str]:
    """The findings that cost most, and what all of them cost."""
    priced = [each for each in report.diagnostics if each.finding.saving is not None and _saved(each.finding.saving) > 0]
    if len(priced) < 2 or report.quiet:
        return
    monthly = {id(each): _monthly(each.finding, report) for each in priced}
    is_monthly = any(monthly.values())
    amounts = {
        id(each): (monthly[id(each)] or 0.0) if is_monthly else _saved(each.finding.saving)
        for each in priced
        if each.finding.saving
    }
    unit = "a month" if is_monthly else "per 1,000 calls of each"
    ranked = sorted(priced, key=lambda each: (-amounts[id(each)], each.finding.at.path, each.finding.at.start))
    yield f"{palette.bold('Most expensive')} ({unit}):\n"
    # Two findings about one call save much of the same money.
    by_call: dict[Span, float] = {}
    for each in priced:
        by_call[each.finding.call] = max(by_call.get(each.finding.call, 0.0), amounts[id(each)])
    whole = dollars(sum(by_call.values()))
    width = max(len(whole), *(len(dollars(amount)) for amount in amounts.values()))
    for each in ranked[:5]:
        if amounts[id(each)]:
            yield f"  {dollars(amounts[id(each)]):>{width}}  {each.finding.code}  {place(each.finding.call.path, each.call)}\n"
    said = f"  {whole:>{width}}  in all" + (", each call counted once" if len(by_call) < len(priced) else "")
    without = len(report.diagnostics) - len(priced)
    yield said + (f"; {without} finding{'' if without == 1 else 's'} without a known price\n\n" if without else "\n\n")


def _labelled(label: str, text: str, report: Report, palette: Palette) -> Iterator[str]:
    """A labelled text; its further lines are indented to stand below the first."""
    first, *rest = text.splitlines() or [""]
    yield from _wrapped(f"{palette.label(label)}: {visible(first)}", report, " " * (len(label) + 2))
    for line in rest:
        yield f"{'':{len(label) + 2}}{visible(line)}".rstrip()


def _wrapped(text: str, report: Report, indent: str) -> Iterator[str]:
    if report.width is None:
        yield text
    else:
        yield from wrapped(text, report.width, indent)


def saving_text(saving: Saving) -> str:
    """A saving in one line."""
    monthly = "" if saving.monthly is None else f"{dollars(saving.monthly)} a month; "
    return f"{monthly}{dollars(saving.now)} → {dollars(saving.after)} per 1,000 calls"


def dollars(amount: float) -> str:
    """An amount in USD with cents, and below a dime with as many digits as it takes to show two that count (at most six)."""
    digits = 2 if abs(amount) < 1e-6 else min(6, max(2, 1 - math.floor(math.log10(abs(amount)))))
    return f"${amount:,.{digits}f}"
