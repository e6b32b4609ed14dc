"""`--output-format junit`: one suite for each file, one failed test for each finding, and an error for each file that cannot be read."""

from __future__ import annotations

import os
from xml.sax.saxutils import escape, quoteattr

from llmlint.report.base import Report, output_format
from llmlint.report.ci import Entry, entries, errors, explanation, message
from llmlint.report.terminal import visible


@output_format("junit")
def render(report: Report, *, color: bool) -> str:
    by_path: dict[str, list[Entry]] = {}
    for entry in entries(report):
        by_path.setdefault(entry.path, []).append(entry)
    broken = list(errors(report))
    failures = sum(map(len, by_path.values()))
    suites = [_suite(path, [_case(entry, report) for entry in own], failures=len(own)) for path, own in by_path.items()]
    for path, reason in broken:
        case = _testcase("error", _class_of(path), "error", reason, reason)
        suites.append(_suite(path, [case], errors=1))
    if not suites:
        suites.append(_suite("llmlint", ['<testcase name="No findings" classname="llmlint"/>']))
    tests = max(1, failures + len(broken))
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="llmlint" tests="{tests}" failures="{failures}" errors="{len(broken)}">',
        *suites,
        "</testsuites>\n",
    ]
    # As ASCII, whatever encoding standard output has.
    return "\n".join(lines).encode("ascii", "xmlcharrefreplace").decode()


def _suite(name: str, cases: list[str], *, failures: int = 0, errors: int = 0) -> str:
    counts = f'tests="{len(cases)}" failures="{failures}" errors="{errors}" skipped="0"'
    return "\n".join(
        [
            f'  <testsuite name={_attribute(name)} {counts} package="llmlint">',
            *(f"    {case}" for case in cases),
            "  </testsuite>",
        ]
    )


def _case(entry: Entry, report: Report) -> str:
    finding, start = entry.finding, entry.start
    said = message(entry)
    where = "" if entry.is_in_notebook else f"line {start.line}, column {start.column}, "
    place = "" if entry.is_in_notebook else f' line="{start.line}" column="{start.column}"'
    body = "\n".join([where + said, *explanation(entry, report)])
    return _testcase(f"{finding.code} {finding.name}", _class_of(entry.path), "failure", said, body, place)


def _testcase(name: str, class_name: str, outcome: str, said: str, body: str, place: str = "") -> str:
    head = f"<testcase name={_attribute(name)} classname={_attribute(class_name)}{place}>"
    return f"{head}<{outcome} message={_attribute(said)}>{escape(body)}</{outcome}></testcase>"


def _class_of(path: str) -> str:
    """The path of a file without its ending, as ruff has it."""
    return os.path.splitext(path)[0]


def _attribute(text: str) -> str:
    return quoteattr(visible(text))
