"""What every report format works with: the report itself, the registry of formats, and the lines that formats share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from llmlint.discover.unsupported import in_words
from llmlint.findings import Applicability, Diagnostic, FileError
from llmlint.report.terminal import visible
from llmlint.source import Location, Source, Span

Locate = Callable[[Span], tuple[Location, Location]]


def _no_source(path: str) -> Source:
    raise KeyError(path)


def _unknown_volume(path: str) -> float | None:
    return None


class Cost(NamedTuple):
    """What a change does to one call site: the cost in USD of the input of a thousand calls before and after, None where it is not known; and
    how many calls it makes in a day, where the settings say so."""

    name: str
    what: str
    before: float | None
    after: float | None
    per_day: float | None = None

    @property
    def difference(self) -> float | None:
        return None if self.before is None or self.after is None else self.after - self.before


class Report(NamedTuple):
    """The outcome of one run.

    `diagnostics` are the findings that remain, in the order in which they are shown. `locate` places any span of the run's files:
    its start and its end, the end exclusive. `files` counts the files that were looked at, `found` the findings before fixing,
    `fixed` those that were fixed, `gone` those that no longer hold after the fixes of others, and `appeared` the remaining ones that
    only hold after fixes. `fixable_safe` and `fixable_unsafe` count remaining findings by the level of their fix; no
    finding is in both. `errors` go to standard error; of the formats, only those for CI servers hold them too. `fixing` says that
    `--fix` was given, `unsafe_fixes` that `--unsafe-fixes` was, and `quiet` leaves the summary line out. `source` gives the text of a
    file that a finding is about. `touched` tells whether a change, or the files that were named, cover a span; None where everything
    was looked at. `since` is the commit after which findings had to come to be reported, and `costs` what the change since then does to
    call sites. `calls` are the LLM calls that were checked, in `files_with_calls` files; `unsupported` counts those through libraries
    that are not checked, by their names. `width` is that of the terminal, None where lines may be as long as they are; `links`: it takes
    hyperlinks. `verbose` asks for how each value was resolved. `calls_per_day` says how often a call site of a file runs in a day.
    """

    diagnostics: Sequence[Diagnostic]
    locate: Locate
    files: int
    found: int
    fixed: int = 0
    gone: int = 0
    appeared: int = 0
    fixable_safe: int = 0
    fixable_unsafe: int = 0
    errors: Sequence[FileError] = ()
    fixing: bool = False
    unsafe_fixes: bool = False
    quiet: bool = False
    source: Callable[[str], Source] = _no_source
    touched: Callable[[Span], bool] | None = None
    since: str | None = None
    costs: Sequence[Cost] = ()
    calls: int = 0
    files_with_calls: int = 0
    unsupported: Mapping[str, int] = {}
    width: int | None = None
    links: bool = False
    verbose: bool = False
    calls_per_day: Callable[[str], float | None] = _unknown_volume


class Render(Protocol):
    """Turns a report into the text for standard output, with its last line break. ANSI colours only where `color` is true."""

    def __call__(self, report: Report, *, color: bool) -> str: ...


_FORMATS: dict[str, Render] = {}


def output_format(name: str) -> Callable[[Render], Render]:
    """Registers a renderer as the format of this name."""

    def register(render: Render) -> Render:
        _FORMATS[name] = render
        return render

    return register


def registered() -> dict[str, Render]:
    """The formats of all modules imported so far, by name."""
    return _FORMATS


def place(path: str, location: Location) -> str:
    """`path:line:column`, and in a notebook `path:cell N:line:column` with N counted from 1, as ruff prints it."""
    cell = "" if location.cell is None else f"cell {location.cell + 1}:"
    return f"{visible(path)}:{cell}{location.line}:{location.column}"


def by_place(report: Report) -> list[list[Diagnostic]]:
    """The findings, with those together that say the same of the same place and differ in the call alone (a constant that calls share)."""
    groups: dict[tuple[object, ...], list[Diagnostic]] = {}
    for diagnostic in report.diagnostics:
        finding = diagnostic.finding
        level = finding.fix.applicability if finding.fix is not None else None
        groups.setdefault((finding.code, finding.at, finding.message, level), []).append(diagnostic)
    return list(groups.values())


def is_fixable(diagnostic: Diagnostic, report: Report) -> bool:
    """Whether `--fix` would fix this finding, given the levels of fixes that this run allows."""
    fix = diagnostic.finding.fix
    if fix is None:
        return False
    return fix.applicability is Applicability.SAFE or (fix.applicability is Applicability.UNSAFE and report.unsafe_fixes)


def _passed(report: Report) -> str:
    """What there is to say where nothing was found and everything could be checked."""
    if report.since is not None:
        return f"The change since {visible(report.since)} brings no findings."
    if not report.files:
        return "No files checked."
    if not report.calls:
        return f"No LLM calls found in {_counted(report.files, 'file')}."
    return f"All checks passed! ({_counted(report.calls, 'call')} in {_counted(report.files_with_calls, 'file')})"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def not_checked(report: Report) -> str | None:
    """One line on the calls that are known and were not checked, if there are any."""
    return in_words(report.unsupported)


def summary(report: Report) -> str:
    """One line: what was found, and what was fixed or could be. It never calls a run clean in which a file was not checked."""
    if not report.found:
        if not report.errors:
            return _passed(report)
        count = len(report.errors)
        return f"No findings; not everything could be checked ({count} error{'s' if count > 1 else ''})."
    safe, unsafe = report.fixable_safe, report.fixable_unsafe
    if report.unsafe_fixes:
        safe, unsafe = safe + unsafe, 0
    more = f"{unsafe} more with --unsafe-fixes" if unsafe else ""
    if report.fixing:
        beside = beside_fixes(report.gone, report.appeared)
        return f"{report.found} found, {report.fixed} fixed{beside}" + (f" ({more})" if more else "")
    fixable = f"{safe} fixable with --fix" if safe else ""
    if unsafe and not safe:
        more = f"{unsafe} fixable with --fix --unsafe-fixes"
    hint = ", ".join(filter(None, (fixable, more)))
    places = len(by_place(report))
    at = f" at {places} place{'s' if places > 1 else ''}" if places < len(report.diagnostics) else ""
    return f"{report.found} found{at}" + (f" ({hint})" if hint else "")


def beside_fixes(gone: int, appeared: int) -> str:
    """What else became of the findings: the end of a summary."""
    return (f", {gone} no longer found" if gone else "") + (f", {appeared} new after the fixes" if appeared else "")
