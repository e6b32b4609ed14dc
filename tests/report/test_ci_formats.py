"""The formats for CI servers: each as its consumer reads it, and to the letter (`--update-golden` writes the golden files anew)."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from llmlint.findings import Applicability, Confidence, Edit, FileError, Fix, Related, Saving
from llmlint.fingerprints import Fingerprints
from llmlint.output_formats import OUTPUT_FORMATS
from llmlint.report import formats
from llmlint.report.base import Report
from llmlint.report.ci import entries
from llmlint.source import Cell, Source, Span

if TYPE_CHECKING:
    from conftest import Program

HERE = Path(__file__).parent
PROMPTS = 'PROMPT = """First, line|one.\nSecond line with a % sign\n"""\n'
APP = """\
import anthropic
from prompts import PROMPT

client = anthropic.Anthropic()


class Desk:
    def answer(self, question):
        return client.messages.create(
            model="claude-opus-5-5",
            system=PROMPT,
        )
"""
OTHER = "import app\nclient.messages.create(system=PROMPT)\n"
NOTEBOOK = "client.messages.create(\n    system=PROMPT,\n)\n"


@pytest.fixture
def report(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    """Findings of all kinds, in a repository that is checked out one folder above the working directory."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "back end").mkdir()
    monkeypatch.chdir(tmp_path / "back end")
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR", "GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA"):
        monkeypatch.delenv(name, raising=False)
    program.add(Source("prompts.py", PROMPTS))
    program.add(Source("app.py", APP))
    program.add(Source("other.py", OTHER))
    program.add(Source("n.ipynb", NOTEBOOK, cells=(Cell(4, 0, len(NOTEBOOK)),)))
    call = program.span("app.py", APP[APP.index("client.messages") : -1])
    constant = program.span("prompts.py", PROMPTS[9:-1])
    prompt = program.span("app.py", "system=PROMPT")
    mark = Fix(Applicability.SAFE, "Mark it with `cache_control`", (Edit(prompt, 'system=[{"text": PROMPT}]'),))
    shared = {"message": "`PROMPT` is sent in full on every call", "fix": mark}
    model = program.span("app.py", '"claude-opus-5-5"')
    cheaper = Fix(Applicability.UNSAFE, "Use `claude-sonnet-5-5`", (Edit(model, '"claude-sonnet-5-5"'),))
    findings = [
        program.finding(
            constant,
            call,
            saving=Saving(7.15, 0.37, ("each call comes less than 5 minutes after the one before",)),
            related=(Related(program.span("app.py", "import PROMPT"), "it comes from here"),),
            **shared,
        ),
        program.finding(constant, program.span("other.py", OTHER[11:-1]), **shared),
        program.finding(
            model,
            call,
            code="LLM201",
            name="hardcoded-premium-model",
            message="a premium | model, <b>really</b>",
            confidence=Confidence.MEDIUM,
            help="see *there*",
            fix=cheaper,
        ),
        program.finding(
            program.span("n.ipynb", "system=PROMPT"),
            program.span("n.ipynb", NOTEBOOK[:-1]),
            code="LLM106",
            name="cache-breakpoint-below-minimum",
            message="too short",
            confidence=Confidence.LOW,
            fix=Fix(Applicability.DISPLAY_ONLY, "Remove it", ()),
        ),
    ]
    return program.report(*findings, fixable_safe=2, fixable_unsafe=1, errors=[FileError("bad.py", "is, broken")])


def test_every_format_is_in_the_list_of_options() -> None:
    assert set(formats()) == set(OUTPUT_FORMATS)


@pytest.mark.parametrize("name", OUTPUT_FORMATS)
def test_golden(name: str, report: Report, update_golden: bool) -> None:
    printed = formats()[name](report, color=False)
    golden = HERE / "golden" / f"{name}.out"
    if update_golden:
        golden.write_text(printed, encoding="utf-8", newline="\n")
    # The version and the docs of rules change without the format.
    unstable = re.compile(
        r'("(?:version|semanticVersion|text|markdown)": ")(?:\d+\.\d+\.\d+|## What it does[^\n]*|Finds [^\n]*)"'
    )
    assert unstable.sub(r'\1…"', printed) == unstable.sub(r'\1…"', golden.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", OUTPUT_FORMATS)
def test_a_run_without_findings_has_a_report_too(name: str, program: Program) -> None:
    printed = formats()[name](program.report(), color=False)
    assert printed == "" or printed.endswith("\n")
    if name in ("json", "gitlab", "sarif"):
        json.loads(printed)
    if name == "junit":
        assert ElementTree.fromstring(printed).attrib["failures"] == "0"


def sarif(report: Report) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(formats()["sarif"](report, color=False))
    schema = json.loads((HERE / "schemas" / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
    jsonschema.Draft4Validator(schema).validate(document)
    return document["runs"][0]


def test_sarif_is_valid_and_complete(report: Report, program: Program) -> None:
    run = sarif(report)
    assert sarif(program.report())["results"] == []
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["LLM101", "LLM106", "LLM201"]
    assert all(rule["help"]["markdown"] and rule["helpUri"] for rule in run["tool"]["driver"]["rules"])
    assert not run["invocations"][0]["executionSuccessful"]
    first, model, cell = run["results"]
    assert [each["ruleIndex"] for each in run["results"]] == [0, 2, 1]
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "back%20end/prompts.py", "uriBaseId": "SRCROOT"},
        "region": {"startLine": 1, "startColumn": 10, "endLine": 3, "endColumn": 4},
    }
    related = [each["physicalLocation"]["artifactLocation"]["uri"] for each in first["relatedLocations"]]
    assert related == ["back%20end/app.py", "back%20end/app.py", "back%20end/other.py"]
    change = first["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert change["insertedContent"] == {"text": 'system=[{"text": PROMPT}]'}
    assert change["deletedRegion"] == {"startLine": 11, "startColumn": 13, "endLine": 11, "endColumn": 26}
    assert "unsafe" in model["fixes"][0]["description"]["text"]
    assert "fixes" not in cell
    assert "region" not in cell["locations"][0]["physicalLocation"]
    prints = [each["partialFingerprints"]["llmlint/v1"] for each in run["results"]]
    assert len(set(prints)) == 3


def test_github_escapes_what_ends_a_command_or_a_property(report: Report) -> None:
    lines = formats()["github"](report, color=False).splitlines()
    assert len(lines) == 4
    properties = [dict(part.split("=", 1) for part in line.split("::")[1].split(" ", 1)[1].split(",")) for line in lines]
    assert [each["file"] for each in properties] == [
        "back end/prompts.py",
        "back end/app.py",
        "back end/n.ipynb",
        "back end/bad.py",
    ]
    assert [line.split(" ", 1)[0] for line in lines] == ["::error", "::warning", "::notice", "::error"]
    assert properties[2]["line"] == "1"
    assert "cell 5:2:5: LLM106 too short" in lines[2]


def test_junit_counts_findings_and_errors(report: Report) -> None:
    printed = formats()["junit"](report, color=False)
    assert printed.isascii()
    root = ElementTree.fromstring(printed)
    assert (root.attrib["tests"], root.attrib["failures"], root.attrib["errors"]) == ("4", "3", "1")
    assert len(root.findall(".//failure")) == 3
    assert len(root.findall(".//error")) == 1


def test_markdown_keeps_what_a_repository_has_chosen_in_its_cell(report: Report) -> None:
    rows = [line for line in formats()["markdown"](report, color=False).splitlines() if line.startswith("| ")][1:]
    assert [row.count("|") for row in rows] == [5, 5, 5]
    assert "&lt;b&gt;really" in rows[1]


def test_markdown_links_to_the_commit(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_REPOSITORY", "o/r")
    monkeypatch.setenv("GITHUB_SHA", "abc")
    assert "(https://github.com/o/r/blob/abc/back%20end/app.py#L10)" in formats()["markdown"](report, color=False)


def test_a_finding_is_shown_where_the_change_touches_it(report: Report) -> None:
    touched = report._replace(touched=lambda span: span.path == "other.py")
    assert [(each.path, each.start.line) for each in entries(touched)][:2] == [
        ("back end/prompts.py", 1),
        ("back end/other.py", 2),
    ]
    (app,) = {each.path for each in entries(report._replace(touched=lambda span: span.path == "app.py"))[:1]}
    assert app == "back end/app.py"
    nowhere = report._replace(touched=lambda span: False)
    assert [each.path for each in entries(nowhere)] == [each.path for each in entries(report)]


def test_paths_are_those_of_the_checkout_that_the_server_names(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI_PROJECT_DIR", str(tmp_path.parent))
    assert entries(report)[0].path == f"{tmp_path.name}/back end/prompts.py"
    monkeypatch.setenv("CI_PROJECT_DIR", "/somewhere/else")
    assert entries(report)[0].path == "back end/prompts.py"


def fingerprint(program: Program, text: str, marked: str) -> Any:
    program.add(Source("app.py", text))
    return Fingerprints(program.sources.__getitem__).of(program.finding(program.span("app.py", marked)))


def test_a_fingerprint_survives_what_does_not_change_the_finding(program: Program) -> None:
    plain = fingerprint(program, APP, 'model="claude-opus-5-5"')
    assert plain.function == "Desk.answer"
    assert fingerprint(program, "# ü\n" * 50 + APP, 'model="claude-opus-5-5"') == plain
    assert fingerprint(program, APP.replace("opus", "fable"), 'model="claude-fable-5-5"') != plain
    assert fingerprint(program, APP.replace("answer", "ask"), 'model="claude-opus-5-5"') == plain._replace(function="Desk.ask")
    spread = Source("app.py", "f(\n    a,\n    b)\n")
    program.add(spread)
    prints = Fingerprints(program.sources.__getitem__)
    before = prints.of(program.finding(Span("app.py", 0, len(spread.text) - 1)))
    program.add(Source("app.py", "f( a, b)\n"))
    assert prints.of(program.finding(Span("app.py", 0, 8))).content == before.content


def test_equal_findings_have_fingerprints_of_their_own(program: Program) -> None:
    program.add(Source("app.py", "f(x)\nf(x)\n"))
    one, two = (program.finding(Span("app.py", start, start + 4)) for start in (0, 5))
    prints = [each.fingerprint for each in entries(program.report(one, two))]
    assert len(set(prints)) == 2
