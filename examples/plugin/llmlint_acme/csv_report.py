"""Findings as CSV: `llmlint --output-format acme-csv`."""

from __future__ import annotations

import csv
import io

from llmlint.report.base import Report


def render(report: Report, *, color: bool) -> str:
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(["path", "line", "code", "confidence", "message"])
    for each in report.diagnostics:
        finding = each.finding
        rows.writerow([finding.at.path, each.start.line, finding.code, finding.confidence.label, finding.message])
    return written.getvalue()
