"""`--output-format json`: for other programs. Fields are only ever added; `version` changes where one changes its meaning."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmlint.report.base import Locate, Report, output_format

if TYPE_CHECKING:
    from llmlint.findings import Diagnostic, Fix, Saving
    from llmlint.source import Location, Span

VERSION = 1


@output_format("json")
def render(report: Report, *, color: bool) -> str:
    document = {
        "version": VERSION,
        "findings": [finding_json(diagnostic, report.locate) for diagnostic in report.diagnostics],
        "summary": {
            "files": report.files,
            "calls": report.calls,
            "files_with_calls": report.files_with_calls,
            "unsupported": dict(sorted(report.unsupported.items())),
            "found": report.found,
            "fixed": report.fixed,
            "gone": report.gone,
            "appeared": report.appeared,
            "remaining": len(report.diagnostics),
            "fixable": {"safe": report.fixable_safe, "unsafe": report.fixable_unsafe},
            "errors": len(report.errors),
        },
    }
    # Escaped to ASCII, so that no encoding of the receiving end and no undecodable file name can break it.
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def finding_json(diagnostic: Diagnostic, locate: Locate) -> dict[str, Any]:
    """One finding as the contract has it. Lines and columns count from 1, ends are exclusive, `cell` counts from 0 or is null."""
    finding = diagnostic.finding
    return {
        "code": finding.code,
        "name": finding.name,
        "message": finding.message,
        "path": finding.at.path,
        "cell": diagnostic.start.cell,
        "start": _point(diagnostic.start),
        "end": _point(diagnostic.end),
        "call": {"path": finding.call.path, "cell": diagnostic.call.cell, "line": diagnostic.call.line},
        "confidence": finding.confidence.label,
        "saving": _saving(finding.saving),
        "fix": _fix(finding.fix, locate),
        "help": finding.help,
        "related": [{**_place(related.span, locate), "message": related.message} for related in finding.related],
        "rests_on": [_place(span, locate) for span in finding.rests_on],
    }


def _point(location: Location) -> dict[str, int]:
    return {"line": location.line, "column": location.column}


def _place(span: Span, locate: Locate) -> dict[str, Any]:
    start, end = locate(span)
    return {"path": span.path, "cell": start.cell, "start": _point(start), "end": _point(end)}


def _saving(saving: Saving | None) -> dict[str, Any] | None:
    """USD per 1,000 calls, to a millionth of a dollar."""
    if saving is None:
        return None
    return {
        "now": round(saving.now, 6),
        "after": round(saving.after, 6),
        "per": 1000,
        "currency": "USD",
        **({} if saving.monthly is None else {"monthly": round(saving.monthly, 6)}),
        "assumptions": list(saving.assumptions),
    }


def _fix(fix: Fix | None, locate: Locate) -> dict[str, Any] | None:
    if fix is None:
        return None
    return {
        "applicability": fix.applicability.value,
        "message": fix.message,
        "edits": [{**_place(edit.span, locate), "text": edit.text} for edit in fix.edits],
        "new_files": [{"path": each.path, "text": each.text} for each in fix.new_files],
    }
