"""Fixes that create a file: written once, shown as new, and never over a file that is there."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llmlint.cache.records import from_record, to_record
from llmlint.callsite import Request
from llmlint.config.settings import SettingsResolver
from llmlint.findings import Applicability, Confidence, Edit, Finding, Fix, NewFile
from llmlint.fixes.write import Replacement, WriteError, replace_files
from llmlint.report.full import render as render_full
from llmlint.report.json import finding_json
from llmlint.report.sarif import render as render_sarif
from llmlint.rules.registry import Check, Rule, RuleContext
from llmlint.run.engine import Run
from llmlint.run.fixing import diff, fix, patch, write_changes
from llmlint.source import Span

APP = """\
import anthropic

client = anthropic.Anthropic()
client.messages.create(model="claude-haiku-5-5", max_tokens=1, messages=[])
"""
HELPER = "def batching(client):\n    return client\n"
NAMES = ("app.py", "other.py", "third.py")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        Path(name).write_text(APP)
    return tmp_path


def make_run(check: Check, *paths: str) -> Run:
    rules = {"LLM901": Rule("LLM901", "rule-1", Applicability.SAFE, True, check, "")}
    return Run.of_paths(paths or ["."], SettingsResolver(".", {}, True, known=rules), rules)


def creating(text_of: Callable[[str], str] = lambda path: HELPER, path: str = "helper.py") -> Check:
    """A rule whose fix raises the number of each call, and creates a file."""

    def check(call: Request, context: RuleContext) -> Iterator[Finding]:
        if "max_tokens=1," in call.source(call.span):
            start = APP.index("max_tokens=1") + len("max_tokens=")
            edits = (Edit(Span(call.span.path, start, start + 1), "2"),)
            fix = Fix(Applicability.SAFE, "raise it", edits, (NewFile(path, text_of(call.span.path)),))
            yield call.finding("LLM901", "rule-1", "found", at=call.span, confidence=Confidence.HIGH, fix=fix)

    return check


def fixed_files() -> list[str]:
    return [name for name in NAMES if "max_tokens=2" in Path(name).read_text()]


def test_findings_share_a_file_that_is_written_once(folder: Path) -> None:
    run = make_run(creating())
    fixed = fix(run, run.lint())
    assert (list(fixed.changed), list(fixed.created), fixed.fixed, fixed.refused) == (list(NAMES), ["helper.py"], 3, ())
    assert write_changes(fixed) == (fixed, [])
    assert fixed_files() == list(NAMES)
    assert Path("helper.py").read_text() == HELPER
    assert sorted(os.listdir()) == sorted([*NAMES, "helper.py"]), "nothing else is left"
    again = make_run(creating())
    assert again.lint().findings == ()


def test_the_mode_is_that_of_any_new_file(folder: Path) -> None:
    run = make_run(creating())
    write_changes(fix(run, run.lint()))
    Path("plain").touch()
    assert stat.S_IMODE(os.stat("helper.py").st_mode) == stat.S_IMODE(os.stat("plain").st_mode)


def test_it_is_never_written_over_another_file(folder: Path) -> None:
    Path("helper.py").write_text("mine = 1\n")
    run = make_run(creating())
    lint = run.lint()
    assert {each.fix.applicability for each in lint.findings if each.fix} == {Applicability.DISPLAY_ONLY}
    assert fix(run, lint).fixed == 0


def test_an_equal_file_that_is_there_is_kept(folder: Path) -> None:
    Path("helper.py").write_text(HELPER)
    os.utime("helper.py", (1, 1))
    run = make_run(creating())
    fixed = fix(run, run.lint())
    after, errors = write_changes(fixed)
    assert (errors, after.fixed, dict(after.created)) == ([], 3, {})
    assert fixed_files() == list(NAMES)
    assert os.stat("helper.py").st_mtime == 1


def test_a_file_that_came_meanwhile_is_left_alone(folder: Path) -> None:
    run = make_run(creating())
    fixed = fix(run, run.lint())
    Path("helper.py").write_text("mine = 1\n")
    after, errors = write_changes(fixed)
    assert {error.path for error in errors} == {"helper.py"}
    assert "was created by another program in the meantime" in errors[0].message
    assert (Path("helper.py").read_text(), fixed_files()) == ("mine = 1\n", [])
    assert (after.fixed, dict(after.created), after.changed) == (0, {}, {})
    assert len(after.lint.findings) == 3


def test_if_one_caller_cannot_be_written_the_others_still_get_the_file(folder: Path) -> None:
    run = make_run(creating())
    fixed = fix(run, run.lint())
    Path("app.py").write_text(APP + "# saved by an editor\n")
    after, [error] = write_changes(fixed)
    assert error.path == "app.py"
    assert (fixed_files(), Path("helper.py").read_text()) == (["other.py", "third.py"], HELPER)
    assert (after.fixed, list(after.created)) == (2, ["helper.py"])


def test_if_no_caller_can_be_written_nothing_is_created(folder: Path) -> None:
    run = make_run(creating(), "app.py")
    fixed = fix(run, run.lint())
    Path("app.py").write_text(APP + "# saved by an editor\n")
    after, [error] = write_changes(fixed)
    assert error.path == "app.py"
    assert not Path("helper.py").exists()
    assert (after.fixed, dict(after.created)) == (0, {})
    assert list(after.run.paths) == ["app.py"]


def test_two_texts_for_one_file_are_not_mixed(folder: Path) -> None:
    run = make_run(creating(lambda path: f"# {path}\n"))
    lint = run.lint()
    fixed = fix(run, lint)
    assert fixed.fixed == 1, "the others would need a file with another text"
    write_changes(fixed)
    assert (fixed_files(), Path("helper.py").read_text()) == (["app.py"], "# app.py\n")


def test_a_text_that_is_no_python_is_refused(folder: Path) -> None:
    run = make_run(creating(lambda path: "def (\n"))
    fixed = fix(run, run.lint())
    assert (fixed.fixed, dict(fixed.created)) == (0, {})
    assert "helper.py" in fixed.refused[0].reason


@pytest.mark.parametrize("path", ["../outside.py", "absent/helper.py"])
def test_only_folders_of_the_run_get_files(folder: Path, path: str) -> None:
    inner = folder / "inner"
    inner.mkdir()
    shutil.move("app.py", inner / "app.py")
    os.chdir(inner)
    run = make_run(creating(path=path), "app.py")
    lint = run.lint()
    after, _ = write_changes(fix(run, lint))
    assert after.fixed == 0
    assert sorted(os.listdir()) == ["app.py"]
    assert "max_tokens=1" in Path("app.py").read_text()


def test_given_text_gets_no_file(folder: Path) -> None:
    rules = {"LLM901": Rule("LLM901", "rule-1", Applicability.SAFE, True, creating(), "")}
    run = Run.of_bytes("app.py", APP.encode(), SettingsResolver(".", {}, True, known=rules), rules)
    [finding] = run.lint().findings
    assert finding.fix is not None
    assert finding.fix.applicability is Applicability.DISPLAY_ONLY


@pytest.mark.parametrize("tool", [["git", "apply", "-p0"], ["patch", "-p0", "-s"]])
def test_the_patch_creates_it(folder: Path, tool: list[str]) -> None:
    if shutil.which(tool[0]) is None:
        pytest.skip(f"there is no {tool[0]}")
    run = make_run(creating())
    fixed = fix(run, run.lint())
    assert b"--- /dev/null\n+++ helper.py\n@@ -0,0 +1,2 @@\n+def batching" in patch(fixed)
    assert "--- /dev/null\n+++ helper.py\n" in diff(fixed)
    subprocess.run(tool, input=patch(fixed), check=True)
    assert (fixed_files(), Path("helper.py").read_text()) == (list(NAMES), HELPER)


def test_reports_tell_of_it(folder: Path) -> None:
    run = make_run(creating(), "app.py")
    [finding] = run.lint().findings
    assert from_record(json.loads(json.dumps(to_record(finding)))) == finding
    document = finding_json(run.diagnostic(finding), run.locate)
    assert document["fix"]["new_files"] == [{"path": "helper.py", "text": HELPER}]
    report = run.report([finding])
    assert "+++ helper.py (a new file of 2 lines)" in render_full(report, color=False)
    changes = json.loads(render_sarif(report, color=False))["runs"][0]["results"][0]["fixes"][0]["artifactChanges"]
    assert changes[1]["artifactLocation"]["uri"].endswith("helper.py")
    assert changes[1]["replacements"][0]["insertedContent"]["text"] == HELPER


def test_a_creation_is_undone_where_what_belongs_to_it_fails(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(WriteError):
        replace_files([Replacement("helper.py", b"x = 1\n", None), Replacement("app.py", b"y = 1\n", APP.encode())])
    assert sorted(os.listdir()) == sorted(NAMES)


def test_without_hard_links_it_is_created_all_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", fail)
    replace_files([Replacement("helper.py", b"x = 1\n", None)])
    assert Path("helper.py").read_bytes() == b"x = 1\n"
    with pytest.raises(WriteError, match="was created by another program"):
        replace_files([Replacement("helper.py", b"x = 2\n", None)])
    assert sorted(os.listdir()) == sorted([*NAMES, "helper.py"])
