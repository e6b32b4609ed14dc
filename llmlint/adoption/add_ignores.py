"""Adding comments that suppress findings, each at the end of the statement that the finding points at."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable

from llmlint.findings import Applicability, Edit, Finding, Fix
from llmlint.source import Source, Span
from llmlint.suppressions.statements import Statements

_LISTED = re.compile(r"#\s*llmlint:\s*ignore\[([^\[\]]*)\]", re.IGNORECASE)
_LINE_END = re.compile(r"[\r\n]|\Z")


def with_comments(
    findings: Iterable[Finding], reason: str, source_of: Callable[[str], Source]
) -> tuple[list[Finding], list[Finding]]:
    """The findings, each with a fix that suppresses it; and those for which there is no place."""
    statements: dict[str, Statements] = {}
    places: dict[tuple[str, int], list[Finding]] = {}
    left: list[Finding] = []
    for finding in findings:
        path = finding.at.path
        source = source_of(path)
        if path not in statements:
            statements[path] = Statements(source.text)
        number = statements[path].at(bisect_right(source.starts, finding.at.start))
        if number is None or (finding.at == finding.call and source.text.startswith("#", finding.at.start)):
            left.append(finding)
            continue
        places.setdefault((path, statements[path].lines(number)[1]), []).append(finding)
    found: list[Finding] = []
    for (path, line), there in places.items():
        edit = _edit(source_of(path), line, sorted({finding.code for finding in there}), reason)
        fix = Fix(Applicability.SAFE, "Add a comment", (edit,))
        found += [Finding(each.code, each.name, each.message, each.at, each.call, each.confidence, fix=fix) for each in there]
    return found, left


def _edit(source: Source, line: int, codes: list[str], reason: str) -> Edit:
    start = source.starts[line - 1]
    match = _LINE_END.search(source.text, start)
    end = match.start() if match is not None else len(source.text)
    listed = _LISTED.search(source.text, start, end)
    if listed is not None:
        known = [code.strip() for code in listed[1].split(",") if code.strip()]
        codes = [*known, *(code for code in codes if code not in known)]
        return Edit(Span(source.path, *listed.span(1)), ", ".join(codes))
    end = start + len(source.text[start:end].rstrip())
    return Edit(Span(source.path, end, end), f"  # llmlint: ignore[{', '.join(codes)}] {reason}".rstrip())
