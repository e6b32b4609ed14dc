"""From findings, whose spans are offsets, to a report, whose places are lines and columns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from llmlint.findings import Applicability, Diagnostic, FileError, Finding
from llmlint.report import Report
from llmlint.source import Location, Source, Span


class Lint(NamedTuple):
    """What linting gives: the findings that are to be shown, in order, what went wrong on the way to them, and which files were not checked to
    the end (`notes`)."""

    findings: tuple[Finding, ...]
    errors: tuple[FileError, ...]
    notes: tuple[FileError, ...] = ()


def joined(lints: Iterable[Lint]) -> Lint:
    """What several runs found, as one."""
    lints = tuple(lints)
    if len(lints) == 1:
        return lints[0]
    findings = sorted(
        (each for lint in lints for each in lint.findings), key=lambda each: (each.at.path, each.at.start, each.code)
    )
    errors = tuple(error for lint in lints for error in lint.errors)
    return Lint(tuple(findings), errors, tuple(note for lint in lints for note in lint.notes))


def together(parts: Sequence[BaseRun]) -> BaseRun:
    """Several runs as one."""
    return parts[0] if len(parts) == 1 else _Several(parts)


class BaseRun(ABC):
    """What knows the texts of the files that findings lie in. `paths` are all files that were looked at, `own` those of them that the run
    reports on; None where these are all. `calls` counts the LLM calls that were checked, and `unsupported` those that are made through
    libraries that are not checked, by their names; both by path. `described` is what was said of each call site, where that was asked for."""

    paths: Sequence[str]
    own: frozenset[str] | None = None
    calls: Mapping[str, int] = {}
    unsupported: Mapping[str, Mapping[str, int]] = {}
    described: Sequence[Any] = ()

    @property
    def count(self) -> int:
        """How many files the run reports on."""
        return len(self.paths if self.own is None else self.own)

    @abstractmethod
    def source(self, path: str) -> Source:
        """A file in which a finding, its call or an edit of its fix lies."""

    def locate(self, span: Span) -> tuple[Location, Location]:
        source = self.source(span.path)
        return source.location(span.start), source.location(span.end)

    def diagnostic(self, finding: Finding) -> Diagnostic:
        """A finding with its place and its source lines."""
        source = self.source(finding.at.path)
        start, end = self.locate(finding.at)
        return Diagnostic(finding, start, end, self.locate(finding.call)[0], tuple(_lines(source, finding.at)))

    def report(
        self,
        findings: Iterable[Finding],
        *,
        errors: Sequence[FileError] = (),
        fixed: int = 0,
        gone: int = 0,
        appeared: int = 0,
        fixing: bool = False,
        unsafe_fixes: bool = False,
        quiet: bool = False,
    ) -> Report:
        """What a report format needs: the findings that remain, placed, and the counts."""
        diagnostics = [self.diagnostic(finding) for finding in findings]
        own = self.own
        levels = Counter(each.finding.fix.applicability for each in diagnostics if each.finding.fix is not None)
        with_calls = [count for path, count in self.calls.items() if count and (own is None or path in own)]
        unsupported: Counter[str] = Counter()
        for path, counts in self.unsupported.items():
            if own is None or path in own:
                unsupported.update(counts)
        return Report(
            diagnostics,
            self.locate,
            files=self.count,
            found=fixed + gone + len(diagnostics) - appeared,
            fixed=fixed,
            gone=gone,
            appeared=appeared,
            fixable_safe=levels[Applicability.SAFE],
            fixable_unsafe=levels[Applicability.UNSAFE],
            errors=errors,
            fixing=fixing,
            unsafe_fixes=unsafe_fixes,
            quiet=quiet,
            source=self.source,
            calls=sum(with_calls),
            files_with_calls=len(with_calls),
            unsupported=unsupported,
            touched=None if own is None else lambda span: span.path in own,
        )


class _Several(BaseRun):
    """Runs over several projects."""

    def __init__(self, parts: Sequence[BaseRun]) -> None:
        self._parts = parts
        self.paths = [path for part in parts for path in part.paths]
        self.calls = {path: count for part in parts for path, count in part.calls.items()}
        self.unsupported = {path: counts for part in parts for path, counts in part.unsupported.items()}
        self.own = frozenset(path for part in parts for path in (part.paths if part.own is None else part.own))

    def source(self, path: str) -> Source:
        for part in self._parts:
            with suppress(KeyError):
                return part.source(path)
        raise KeyError(path)


def _lines(source: Source, span: Span) -> Iterator[str]:
    """The whole lines that a span covers, without their endings."""
    starts = source.starts
    for line in range(bisect_right(starts, span.start), bisect_right(starts, span.end) + 1):
        yield source.line_text(starts[line - 1])
