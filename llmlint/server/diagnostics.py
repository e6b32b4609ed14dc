"""Findings as diagnostics of an editor."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from lsprotocol import types

from llmlint.findings import Finding
from llmlint.report.text import dollars
from llmlint.rules.names import rule_address
from llmlint.server.positions import Positions
from llmlint.source import Span

PositionsOf = Callable[[str], Positions]


class Shown(NamedTuple):
    """Findings that say the same of one place (a constant that several calls share), and the diagnostic that shows them in one document."""

    findings: tuple[Finding, ...]
    uri: str
    diagnostic: types.Diagnostic

    @property
    def finding(self) -> Finding:
        return self.findings[0]


def shown_in(path: str, findings: Iterable[Finding], positions_of: PositionsOf, root: str) -> list[Shown]:
    """The diagnostics of one file: of findings that lie there, and of those in other files whose call lies there."""
    shown: dict[tuple[object, ...], Shown] = {}
    for finding in findings:
        if finding.at.path == path:
            one = _shown(finding, finding.at, positions_of, root)
        elif finding.call.path == path:
            one = _shown(finding, finding.call, positions_of, root, is_at_call=True)
        else:
            continue
        key = (finding.code, one.uri, str(one.diagnostic.range), finding.message, one.diagnostic.severity)
        known = shown.get(key)
        if known is not None:
            related = [*(known.diagnostic.related_information or ()), *(one.diagnostic.related_information or ())]
            known.diagnostic.related_information = [each for n, each in enumerate(related) if each not in related[:n]]
            one = Shown((*known.findings, finding), known.uri, known.diagnostic)
        shown[key] = one
    return list(shown.values())


def _shown(finding: Finding, at: Span, positions_of: PositionsOf, root: str, *, is_at_call: bool = False) -> Shown:
    positions = positions_of(at.path)
    lines = [finding.message]
    if finding.saving is not None:
        lines.append(f"{dollars(finding.saving.now)} → {dollars(finding.saving.after)} per 1,000 calls")
    related = [types.DiagnosticRelatedInformation(_location(each.span, positions_of), each.message) for each in finding.related]
    if is_at_call:
        related.insert(0, types.DiagnosticRelatedInformation(_location(finding.at, positions_of), finding.message))
    elif finding.call != finding.at:
        related.append(types.DiagnosticRelatedInformation(_location(finding.call, positions_of), "the call"))
    diagnostic = types.Diagnostic(
        range=positions.range(at.start, at.end),
        message="\n".join(lines).replace(f"{root}/", ""),
        severity=types.DiagnosticSeverity.Information if is_at_call else types.DiagnosticSeverity.Warning,
        code=finding.code,
        code_description=types.CodeDescription(rule_address(finding.code, finding.name)),
        source="llmlint",
        related_information=related or None,
    )
    return Shown((finding,), positions.uri_at(at.start), diagnostic)


def _location(span: Span, positions_of: PositionsOf) -> types.Location:
    positions = positions_of(span.path)
    return types.Location(positions.uri_at(span.start), positions.range(span.start, span.end))
