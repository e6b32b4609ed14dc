"""Formats are found by themselves; the summary is honest; `concise` and `json` keep their contracts."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from llmlint.findings import Applicability, Confidence, Edit, FileError, Fix, Related, Saving
from llmlint.report import formats
from llmlint.report.base import summary
from llmlint.source import Cell, Source, Span

if TYPE_CHECKING:
    from conftest import Program

TEXT = "PROMPT = 'p'\nclient.messages.create(\n    system=PROMPT,\n)\n"


def test_every_format_is_registered_by_its_file() -> None:
    assert {"concise", "json", "text"} <= set(formats())
    assert list(formats()) == sorted(formats())


def test_listing_the_formats_stays_cheap() -> None:
    code = "import sys, llmlint.report; llmlint.report.formats(); print([m for m in ('libcst', 'asyncio') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"found": 0, "files": 7, "calls": 3, "files_with_calls": 2}, "All checks passed! (3 calls in 2 files)"),
        ({"found": 0, "files": 1, "calls": 1, "files_with_calls": 1, "fixing": True}, "All checks passed! (1 call in 1 file)"),
        ({"found": 0, "files": 1200}, "No LLM calls found in 1,200 files."),
        ({"found": 0}, "No files checked."),
        ({"found": 0, "files": 3, "since": "main"}, "The change since main brings no findings."),
        (
            {"found": 0, "files": 1, "unsupported": {"requests": 1, "boto3": 2}},
            "No LLM calls found in 1 file.\n3 calls through boto3 and requests are not checked yet.",
        ),
        ({"found": 3, "unsupported": {"boto3": 1}}, "3 found\n1 call through boto3 is not checked yet."),
        ({"found": 0, "errors": 1}, "No findings; not everything could be checked (1 error)."),
        ({"found": 0, "errors": 2}, "No findings; not everything could be checked (2 errors)."),
        ({"found": 3}, "3 found"),
        ({"found": 3, "fixable_safe": 2, "fixable_unsafe": 1}, "3 found (2 fixable with --fix, 1 more with --unsafe-fixes)"),
        ({"found": 3, "fixable_safe": 2}, "3 found (2 fixable with --fix)"),
        ({"found": 3, "fixable_unsafe": 1}, "3 found (1 fixable with --fix --unsafe-fixes)"),
        ({"found": 3, "fixable_safe": 2, "fixable_unsafe": 1, "unsafe_fixes": True}, "3 found (3 fixable with --fix)"),
        ({"found": 3, "fixed": 2, "fixing": True, "fixable_unsafe": 1}, "3 found, 2 fixed (1 more with --unsafe-fixes)"),
        ({"found": 3, "fixed": 0, "fixing": True, "fixable_unsafe": 1}, "3 found, 0 fixed (1 more with --unsafe-fixes)"),
        ({"found": 3, "fixed": 3, "fixing": True}, "3 found, 3 fixed"),
        ({"found": 3, "fixed": 3, "fixing": True, "errors": 1}, "3 found, 3 fixed"),
    ],
)
def test_the_summary_says_what_was_found_fixed_and_left(program: Program, fields: dict[str, Any], line: str) -> None:
    errors = [FileError("bad.py", "is broken")] * fields.pop("errors", 0)
    report = program.report(errors=errors, **fields)
    assert summary(report) == line.split("\n")[0]
    for name in ("text", "concise"):
        assert formats()[name](report, color=False) == line + "\n"


def test_a_quiet_run_without_findings_prints_nothing(program: Program) -> None:
    for name in ("text", "concise"):
        assert formats()[name](program.report(quiet=True), color=False) == ""


def test_concise_is_one_line_a_finding(program: Program) -> None:
    program.add(Source("src/a.py", TEXT))
    program.add(Source("n.ipynb", TEXT, cells=(Cell(4, 0, len(TEXT)),)))
    fix = Fix(Applicability.SAFE, "Mark it", (Edit(Span("src/a.py", 0, 0), "#"),))
    report = program.report(
        program.finding(program.span("src/a.py", "system=PROMPT"), message="sent in\nfull", fix=fix),
        program.finding(program.span("n.ipynb", "system=PROMPT"), code="LLM201", message="premium"),
        fixable_safe=1,
    )
    assert formats()["concise"](report, color=False) == (
        "src/a.py:3:5: LLM101 [*] sent in full\n"
        "n.ipynb:cell 5:3:5: LLM201 premium\n"
        "2 found (1 fixable with --fix)\n"
    )  # fmt: skip
    assert formats()["concise"](report, color=True).startswith(
        "\x1b[1msrc/a.py:3:5:\x1b[0m \x1b[1;31mLLM101\x1b[0m [\x1b[1;36m*\x1b[0m] sent in full\n"
    )


def test_json_holds_everything_by_the_contract(program: Program) -> None:
    program.add(Source("app.py", TEXT))
    call = program.span("app.py", TEXT[TEXT.index("client") : -1])
    finding = program.finding(
        program.span("app.py", "system=PROMPT"),
        call,
        message="a message",
        confidence=Confidence.MEDIUM,
        help="help",
        saving=Saving(12.4, 0.1 + 0.2, ("prices of 2026-11-22",)),
        fix=Fix(
            Applicability.UNSAFE,
            "Mark it",
            (Edit(program.span("app.py", "'p'"), "[…]"), Edit(Span("app.py", call.end, call.end), "\n")),
        ),
        related=(Related(program.span("app.py", "PROMPT ="), "the prompt"),),
    )
    report = program.report(finding, found=3, fixed=2, fixable_unsafe=1, errors=[FileError("b.py", "is broken")], files=7)
    printed = formats()["json"](report, color=True)
    assert printed.endswith("}\n")
    assert printed.isascii()
    expected = {
        "version": 1,
        "findings": [
            {
                "code": "LLM101",
                "name": "uncached-system-prompt",
                "message": "a message",
                "path": "app.py",
                "cell": None,
                "start": {"line": 3, "column": 5},
                "end": {"line": 3, "column": 18},
                "call": {"path": "app.py", "cell": None, "line": 2},
                "confidence": "medium",
                "saving": {
                    "now": 12.4,
                    "after": 0.3,
                    "per": 1000,
                    "currency": "USD",
                    "assumptions": ["prices of 2026-11-22"],
                },
                "fix": {
                    "applicability": "unsafe",
                    "message": "Mark it",
                    "edits": [
                        {
                            "path": "app.py",
                            "cell": None,
                            "start": {"line": 1, "column": 10},
                            "end": {"line": 1, "column": 13},
                            "text": "[…]",
                        },
                        {
                            "path": "app.py",
                            "cell": None,
                            "start": {"line": 4, "column": 2},
                            "end": {"line": 4, "column": 2},
                            "text": "\n",
                        },
                    ],
                    "new_files": [],
                },
                "help": "help",
                "related": [
                    {
                        "path": "app.py",
                        "cell": None,
                        "start": {"line": 1, "column": 1},
                        "end": {"line": 1, "column": 9},
                        "message": "the prompt",
                    }
                ],
                "rests_on": [],
            }
        ],
        "summary": {
            "files": 7,
            "calls": 0,
            "files_with_calls": 0,
            "unsupported": {},
            "found": 3,
            "fixed": 2,
            "gone": 0,
            "appeared": 0,
            "remaining": 1,
            "fixable": {"safe": 0, "unsafe": 1},
            "errors": 1,
        },
    }
    document = json.loads(printed)
    assert document == expected
    # Not the values alone: the order of keys is stable too.
    assert json.dumps(document) == json.dumps(expected)


def test_json_names_the_cell_counting_from_zero_and_null_where_nothing_is_known(program: Program) -> None:
    program.add(Source("dir/n\udcff.ipynb", "import os\nx = PROMPT\n", cells=(Cell(0, 0, 10), Cell(3, 10, 21))))
    at, call = program.span("dir/n\udcff.ipynb", "PROMPT"), program.span("dir/n\udcff.ipynb", "import os")
    printed = formats()["json"](program.report(program.finding(at, call)), color=False)
    [finding] = json.loads(printed)["findings"]
    assert finding["cell"] == 3
    assert (finding["start"], finding["end"]) == ({"line": 1, "column": 5}, {"line": 1, "column": 11})
    assert finding["call"] == {"path": "dir/n\udcff.ipynb", "cell": 0, "line": 1}
    assert finding["saving"] is None
    assert finding["fix"] is None
    assert finding["help"] is None
    assert finding["related"] == []


def test_json_without_findings_is_still_the_whole_document(program: Program) -> None:
    assert json.loads(formats()["json"](program.report(quiet=True), color=False)) == {
        "version": 1,
        "findings": [],
        "summary": {
            "files": 0,
            "calls": 0,
            "files_with_calls": 0,
            "unsupported": {},
            "found": 0,
            "fixed": 0,
            "gone": 0,
            "appeared": 0,
            "remaining": 0,
            "fixable": {"safe": 0, "unsafe": 0},
            "errors": 0,
        },
    }
