"""What formats for CI servers share: each finding at one line of one file of the repository, with everything to say about it as text."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from llmlint.files.git import repository_around
from llmlint.findings import Applicability, Confidence, Diagnostic, Finding
from llmlint.fingerprints import Fingerprints
from llmlint.report.base import Report, place
from llmlint.report.terminal import visible
from llmlint.report.text import HOW_TO_APPLY, saving_text
from llmlint.source import Location, Span

_ROOTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""The variables in which CI servers name the folder that they have checked the repository out into."""


class Entry(NamedTuple):
    """A finding as a line-based tool shows it, together with those that say the same of the same place about other calls.

    `span` is where it is shown: where the finding lies, or, where only another place of it is part of the change, that place. `path` is
    relative to `root`, the root of the repository. `fingerprint` is unique in a report.
    """

    diagnostics: Sequence[Diagnostic]
    span: Span
    path: str
    start: Location
    end: Location
    fingerprint: str
    root: str

    @property
    def finding(self) -> Finding:
        return self.diagnostics[0].finding

    @property
    def is_in_notebook(self) -> bool:
        """Lines of a notebook are lines of a cell, which no tool that shows files by lines can find."""
        return self.start.cell is not None


def entries(report: Report) -> list[Entry]:
    """The findings of a report, in its order."""
    groups: dict[tuple[object, ...], list[Diagnostic]] = {}
    for diagnostic in report.diagnostics:
        finding = diagnostic.finding
        level = finding.fix.applicability if finding.fix is not None else None
        key = (finding.code, shown_at(finding, report), finding.at, finding.message, level)
        groups.setdefault(key, []).append(diagnostic)
    fingerprints = Fingerprints(report.source)
    root = repository_root()
    seen: dict[str, int] = {}
    found = []
    for diagnostics in groups.values():
        finding = diagnostics[0].finding
        span = shown_at(finding, report)
        digest = fingerprints.of(finding).digest()
        seen[digest] = seen.get(digest, 0) + 1
        unique = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
        found.append(Entry(diagnostics, span, repository_path(span.path, root), *report.locate(span), unique, root))
    return found


def shown_at(finding: Finding, report: Report) -> Span:
    """Where to show a finding: of the place where it lies, its call and the places between, the first that the change touches."""
    places = (finding.at, finding.call, *(related.span for related in finding.related))
    touched = report.touched
    return finding.at if touched is None else next((span for span in places if touched(span)), finding.at)


def repository_root() -> str:
    """The folder that paths are relative to: the one that the CI server names, else that of the repository around the working directory."""
    cwd = os.getcwd()
    for name in _ROOTS:
        root = os.environ.get(name)
        if root and os.path.isabs(root) and _is_below(cwd, os.path.realpath(root)):
            return os.path.realpath(root)
    return repository_around(cwd) or cwd


def repository_path(path: str, root: str) -> str:
    """A path from the root of the repository on, with `/`; as it is where it lies elsewhere."""
    absolute = os.path.abspath(path)
    if not _is_below(absolute, root):
        return path.replace(os.sep, "/")
    return os.path.relpath(absolute, root).replace(os.sep, "/")


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))


def explanation(entry: Entry, report: Report) -> Iterator[str]:
    """What there is to say besides the message, in lines: help, fix, saving, and the other places that belong to the finding."""
    finding = entry.finding
    if finding.help is not None:
        yield f"help: {visible(finding.help)}"
    if finding.fix is not None:
        yield f"help: {visible(finding.fix.message)}{HOW_TO_APPLY[finding.fix.applicability]}"
    if finding.saving is not None:
        yield f"saving: {saving_text(finding.saving)}"
    for span, message in other_places(entry):
        yield f"note: {named(span, entry, report)} {visible(message)}"


def named(span: Span, entry: Entry, report: Report) -> str:
    """A place from the root of the repository on."""
    return place(repository_path(span.path, entry.root), report.locate(span)[0])


def other_places(entry: Entry) -> Iterator[tuple[Span, str]]:
    """The places that belong to a finding, besides the one where it is shown, with what each of them is."""
    finding = entry.finding
    known = {entry.span}
    if finding.at not in known:
        known.add(finding.at)
        yield finding.at, "the finding lies here"
    for related in finding.related:
        if related.span not in known:
            known.add(related.span)
            yield related.span, related.message
    for number, diagnostic in enumerate(entry.diagnostics):
        call = diagnostic.finding.call
        if call not in known:
            known.add(call)
            yield call, "this call, too" if number else "this is the call"


def errors(report: Report) -> Iterator[tuple[str, str]]:
    """Path and reason of what could not be checked."""
    root = repository_root()
    for error in report.errors:
        yield visible(repository_path(error.path, root)), visible(error.message)


def message(entry: Entry) -> str:
    """The message in one line; in a notebook with the cell, and the line in it."""
    where = f"cell {(entry.start.cell or 0) + 1}:{entry.start.line}:{entry.start.column}: " if entry.is_in_notebook else ""
    return where + visible(entry.finding.message)


def is_applied_by_tool(finding: Finding) -> bool:
    """Whether a finding has a fix that `--fix` can apply, with or without `--unsafe-fixes`."""
    return finding.fix is not None and finding.fix.applicability is not Applicability.DISPLAY_ONLY


def level(finding: Finding, names: tuple[str, str, str]) -> str:
    """One of three names for how serious a finding is, by its confidence: high, medium, low."""
    return names[Confidence.HIGH - finding.confidence]
