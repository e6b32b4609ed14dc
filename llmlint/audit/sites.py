"""The call sites of the source as an audit needs them: plain data, with the findings about each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llmlint.findings import Finding
from llmlint.source import Span

# An audit without a source does not need the linker.
if TYPE_CHECKING:
    from llmlint.callsite import CallSite
    from llmlint.run.base_run import BaseRun
    from llmlint.sites.identity import Identity


@dataclass(eq=False, slots=True)
class Site:
    """One call site: where it is, what identifies it in an export, and what is known of its surroundings."""

    span: Span
    line: int
    end_line: int
    identity: Identity
    is_interactive: bool
    has_fan_out: bool
    findings: list[Finding] = field(default_factory=list)

    @property
    def path(self) -> str:
        return self.span.path

    @property
    def function(self) -> str:
        return self.identity.function

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}"

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(sorted({finding.code for finding in self.findings}))


def site_of(run: BaseRun, site: CallSite) -> Site:
    """A call site of a run, without its findings."""
    from llmlint.sites.identity import identity_of

    start, end = run.locate(site.span)
    return Site(site.span, start.line, end.line, identity_of(site), site.is_interactive, site.fan_out is not None)


def with_findings(sites: Sequence[Site], findings: Iterable[Finding]) -> list[Site]:
    """The sites, each with the findings about it."""
    by_call: dict[Span, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_call[finding.call].append(finding)
    for site in sites:
        site.findings = by_call[site.span]
    return list(sites)
