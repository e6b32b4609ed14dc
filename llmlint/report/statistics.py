"""`--statistics`: how many findings each rule has, the most frequent first."""

from __future__ import annotations

import json
from collections import Counter

from llmlint.report.base import Report, is_fixable
from llmlint.report.concise import closing
from llmlint.report.terminal import Palette, visible

STATISTICS_FORMATS = ("text", "full", "concise", "json")


def statistics(report: Report, output_format: str, *, color: bool) -> str:
    """The table as text, or as JSON for `json`."""
    findings = [each.finding for each in report.diagnostics]
    names = {finding.code: finding.name for finding in findings}
    counts = Counter(finding.code for finding in findings)
    fixable = Counter(each.finding.code for each in report.diagnostics if is_fixable(each, report))
    rows = sorted(counts, key=lambda code: (-counts[code], code))
    if output_format == "json":
        document = [
            {"code": code, "name": names[code], "count": counts[code], "fixable": fixable[code] == counts[code]} for code in rows
        ]
        return json.dumps(document, indent=2) + "\n"
    palette = Palette(color)
    width = max((len(str(count)) for count in counts.values()), default=0)
    lines = []
    for code in rows:
        # As ruff: `*` for a rule whose findings can all be fixed, `-` for one with some of these.
        mark = "*" if fixable[code] == counts[code] else "-" if fixable[code] else " "
        lines.append(f"{counts[code]:>{width}}\t{palette.error(code)}\t[{palette.label(mark)}] {visible(names[code])}\n")
    return "".join(lines) + closing(report, palette)
