"""`--output-format gitlab`: a code quality report. Format: docs.gitlab.com/ci/testing/code_quality, read 2026-11."""

from __future__ import annotations

import json
from typing import Any

from llmlint.report.base import Report, output_format
from llmlint.report.ci import Entry, entries, explanation, level, message

_SEVERITIES = ("major", "minor", "info")


@output_format("gitlab")
def render(report: Report, *, color: bool) -> str:
    return json.dumps([_issue(entry, report) for entry in entries(report)], indent=2) + "\n"


def _issue(entry: Entry, report: Report) -> dict[str, Any]:
    finding = entry.finding
    lines = {"begin": 1} if entry.is_in_notebook else {"begin": entry.start.line, "end": entry.end.line}
    return {
        "check_name": finding.code,
        "description": f"{finding.code} {message(entry)}",
        "content": {"body": "\n".join(explanation(entry, report))},
        "severity": level(finding, _SEVERITIES),
        "fingerprint": entry.fingerprint,
        "location": {"path": entry.path, "lines": lines},
    }
