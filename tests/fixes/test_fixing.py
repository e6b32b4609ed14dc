"""Fixing a run with rules of its own: fixes that land together or not at all, loops that end, and what is said when a file is not written."""

from __future__ import annotations

import json
import os
import signal
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llmlint.callsite import Request
from llmlint.config.settings import SettingsResolver
from llmlint.findings import Applicability, Confidence, Edit, Finding, Fix
from llmlint.rules.registry import Check, Rule, RuleContext
from llmlint.run.engine import Run
from llmlint.run.fixing import MAX_PASSES, Fixed, diff, fix, patch, write_changes
from llmlint.source import Span

APP = """\
import anthropic

client = anthropic.Anthropic()
client.messages.create(model="claude-haiku-5-5", max_tokens=1, messages=[])
"""
ALL = ("app.py", "other.py", "third.py")

MakeRun = Callable[..., Run]


@pytest.fixture
def make_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeRun:
    """A run over three equal files with the given checks as rules LLM901, LLM902, …"""
    monkeypatch.chdir(tmp_path)
    for name in ALL:
        Path(name).write_text(APP)

    def make(*checks: Check) -> Run:
        rules = {
            f"LLM90{number}": Rule(f"LLM90{number}", f"rule-{number}", Applicability.SAFE, True, check, "")
            for number, check in enumerate(checks, 1)
        }
        return Run.of_paths(["."], SettingsResolver(".", {}, True, known=rules), rules)

    return make


def number_edit(path: str, new: str) -> Edit:
    start = APP.index("max_tokens=1") + len("max_tokens=")
    return Edit(Span(path, start, start + 1), new)


def found(call: Request, edits: tuple[Edit, ...], code: str = "LLM901") -> Finding:
    fix = Fix(Applicability.SAFE, "mend it", edits)
    return call.finding(code, "rule", "found", at=call.span, confidence=Confidence.HIGH, fix=fix)


def across(*paths: str, code: str = "LLM901") -> Check:
    """A rule that finds the call of the first file, and raises the number in all of them."""

    def check(call: Request, context: RuleContext) -> Iterator[Finding]:
        if call.span.path == paths[0] and "max_tokens=1," in call.source(call.span):
            yield found(call, tuple(number_edit(path, "2") for path in paths), code)

    return check


def fixed_of(run: Run) -> Fixed:
    return fix(run, run.lint())


def written() -> list[str]:
    """Which files have their new content; the others must be as they were, and nothing else may lie there."""
    assert sorted(os.listdir()) == sorted(ALL)
    texts = {name: Path(name).read_text() for name in ALL}
    assert set(texts.values()) <= {APP, APP.replace("max_tokens=1", "max_tokens=2")}
    return [name for name in ALL if texts[name] != APP]


def test_files_of_one_fix_are_written_together(make_run: MakeRun) -> None:
    fixed = fixed_of(make_run(across("app.py", "other.py")))
    assert (list(fixed.changed), fixed.fixed, fixed.refused) == (["app.py", "other.py"], 1, ())
    assert write_changes(fixed) == (fixed, [])
    assert written() == ["app.py", "other.py"]


@pytest.mark.parametrize("changed", ["app.py", "other.py"])
def test_if_one_of_them_has_changed_meanwhile_none_is_written(make_run: MakeRun, changed: str) -> None:
    fixed = fixed_of(make_run(across("app.py", "other.py"), across("third.py", code="LLM902")))
    assert fixed.fixed == 2
    Path(changed).write_text(APP + "# saved by an editor\n")
    after, [error] = write_changes(fixed)
    other = {"app.py": "other.py", "other.py": "app.py"}[changed]
    assert error.path == changed
    assert error.message == (
        f"was changed by another program in the meantime, and is left as it is (the fix of LLM901 was left out, in {other} too)"
    )
    assert Path(changed).read_text() == APP + "# saved by an editor\n"
    Path(changed).write_text(APP)
    assert written() == ["third.py"], "what does not belong to them is written"
    assert (after.fixed, list(after.changed)) == (1, ["third.py"])
    assert [each.code for each in after.lint.findings] == ["LLM901"], "the finding is still there, and must be said to be"
    assert after.run.text(other) == APP


def test_what_only_holds_after_a_fix_has_not_appeared_where_the_fix_is_not_written(make_run: MakeRun) -> None:
    def check(call: Request, context: RuleContext) -> Iterator[Finding]:
        if "max_tokens=2," in call.source(call.span):
            yield found(call, (), "LLM902")

    fixed = fixed_of(make_run(across("app.py"), check))
    assert (fixed.fixed, len(fixed.appeared)) == (1, 1)
    Path("app.py").write_text(APP + "# saved by an editor\n")
    after, _ = write_changes(fixed)
    assert (after.found, after.fixed, after.gone, after.appeared, len(after.lint.findings)) == (1, 0, 0, (), 1)


def test_files_that_fixes_share_belong_together(make_run: MakeRun) -> None:
    """Two fixes that share the file between them: of all three files, none or all."""
    run = make_run(across("app.py", "other.py"), across("third.py", "other.py", code="LLM902"))
    fixed = fixed_of(run)
    assert list(fixed.changed) == list(ALL)
    Path("third.py").write_text("")
    after, [error] = write_changes(fixed)
    assert error.message.endswith("(the fix of LLM901, LLM902 was left out, in app.py, other.py too)")
    Path("third.py").write_text(APP)
    assert written() == []
    assert (after.fixed, after.changed) == (0, {})


@pytest.mark.parametrize("failing", [1, 2])
def test_if_one_of_them_cannot_be_renamed_the_other_is_put_back(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    fixed = fixed_of(make_run(across("app.py", "other.py")))
    Path("app.py").chmod(0o750)
    rename, calls = os.replace, []

    def fail_once(source: str, target: str) -> None:
        calls.append(target)
        if len(calls) == failing:
            raise OSError(28, "No space left on device")
        rename(source, target)

    monkeypatch.setattr(os, "replace", fail_once)
    after, [error] = write_changes(fixed)
    assert error.message.startswith("cannot be written: No space left on device (")
    assert written() == []
    assert after.fixed == 0
    assert stat.S_IMODE(Path("app.py").stat().st_mode) == 0o750


def test_ctrl_c_while_files_are_written_waits_for_those_that_belong_together(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixed = fixed_of(make_run(across("app.py", "other.py"), across("third.py", code="LLM902")))
    rename = os.replace

    def interrupted(source: str, target: str) -> None:
        signal.raise_signal(signal.SIGINT)
        rename(source, target)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_changes(fixed)
    assert written() == ["app.py", "other.py"]


def test_a_file_and_a_link_to_it_are_fixed_once(make_run: MakeRun) -> None:
    Path("other.py").unlink()
    Path("other.py").symlink_to("app.py")
    Path("linked").mkdir()
    Path("linked/app.py").symlink_to("../app.py")

    def check(call: Request, context: RuleContext) -> Iterator[Finding]:
        if "max_tokens=1," in call.source(call.span):
            yield found(call, (number_edit(call.span.path, "2"),))

    fixed = fixed_of(make_run(check))
    assert list(fixed.changed) == ["app.py", "third.py"]
    assert (fixed.lint.findings, fixed.refused, fixed.unfinished) == ((), (), ())
    assert patch(fixed).count(b"+++ ") == 2
    assert write_changes(fixed) == (fixed, [])
    assert Path("app.py").read_text() == APP.replace("max_tokens=1", "max_tokens=2")
    assert Path("other.py").is_symlink()
    assert Path("linked/app.py").is_symlink()


def colliding(number: int) -> Check:
    """A rule with several findings about a call, whose fixes insert at one place, so that one of them is applied at a time."""

    def check(call: Request, context: RuleContext) -> Iterator[Finding]:
        end = Span(call.span.path, call.span.end - 1, call.span.end - 1)
        for each in range(number if call.span.path == "app.py" else 0):
            if f"k{each}=1" not in call.source(call.span):
                at = Span(call.span.path, call.span.start + each, call.span.end)
                fix = Fix(Applicability.SAFE, "add it", (Edit(end, f", k{each}=1"),))
                yield call.finding("LLM901", "rule", "found", at=at, confidence=Confidence.HIGH, fix=fix)

    return check


@pytest.mark.parametrize("more", [0, 2])
def test_fixes_that_collide_are_applied_one_after_another_up_to_a_bound(make_run: MakeRun, more: int) -> None:
    fixed = fixed_of(make_run(colliding(MAX_PASSES + more)))
    assert (fixed.found, fixed.fixed, fixed.gone, fixed.appeared) == (MAX_PASSES + more, MAX_PASSES, 0, ())
    assert len(fixed.unfinished) == more
    assert fixed.unfinished == fixed.lint.findings


def test_a_rule_that_fails_on_the_fixed_code_refuses_the_fix(make_run: MakeRun) -> None:
    raising = across("app.py", "other.py")

    def check(call: Request, context: RuleContext) -> Iterator[Finding]:
        if "max_tokens=2," in call.source(call.span):
            raise ValueError("no luck")
        yield from raising(call, context)

    fixed = fixed_of(make_run(check, across("third.py", code="LLM902")))
    [refusal] = [each for each in fixed.refused if each.finding.code == "LLM901"]
    assert refusal.reason == "the fixed code could not be checked"
    assert "app.py" not in fixed.changed


@pytest.mark.parametrize(
    "edits",
    [
        (number_edit("app.py", "2"), number_edit("app.py", "3")),
        (Edit(Span("app.py", len(APP), len(APP) + 1), ""),),
        (Edit(Span("app.py", 9, 8), ""),),
    ],
    ids=["overlapping", "behind the end", "from end to start"],
)
def test_edits_that_cannot_be_applied_are_refused(make_run: MakeRun, edits: tuple[Edit, ...]) -> None:
    def check(call: Request, context: RuleContext) -> Iterator[Finding]:
        if call.span.path == "app.py":
            yield found(call, edits)

    fixed = fixed_of(make_run(check, across("other.py", code="LLM902")))
    [refusal] = fixed.refused
    assert refusal.reason == "its edits overlap, or lie outside of the file"
    assert list(fixed.changed) == ["other.py"]


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_lines_that_a_fix_adds_end_as_those_of_the_file(make_run: MakeRun, newline: str) -> None:
    text = APP.replace("\n", newline)

    def check(call: Request, context: RuleContext) -> Iterator[Finding]:
        if call.span.path == "app.py" and "max_tokens=1," in call.source(call.span):
            at = text.index("1, messages")
            yield found(call, (Edit(Span("app.py", at, at + 1), '(\n    len("""a\n\r\n""")\n)'),))

    Path("app.py").write_bytes(text.encode())
    fixed = fixed_of(make_run(check))
    assert fixed.run.text("app.py") == APP.replace("=1,", '=(\n    len("""a\n\n""")\n),').replace("\n", newline)


def test_people_see_the_cells_of_a_notebook_and_programs_its_bytes(make_run: MakeRun) -> None:
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": APP.splitlines(keepends=True)}
    Path("third.ipynb").write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1))
    fixed = fixed_of(make_run(across("third.ipynb")))
    assert diff(fixed).startswith("--- third.ipynb:cell 1\n+++ third.ipynb:cell 1\n@@ -1,4 +1,4 @@\n import anthropic\n")
    assert patch(fixed).startswith(b"--- third.ipynb\n+++ third.ipynb\n@@ ")
    assert b'\n+    "client.messages.create(model=\\"claude-haiku-5-5\\", max_tokens=2, messages=[])\\n"\n' in patch(fixed)
