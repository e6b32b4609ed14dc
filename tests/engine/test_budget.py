"""A file that takes too much is checked as far as its budget goes, a line says so, and all else is checked as before."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from llmlint.config.settings import SettingsResolver
from llmlint.rules.registry import known_rules
from llmlint.run import checking, time_limit
from llmlint.run.engine import Run

CALL = 'client.messages.create(model="claude-opus-4-1", max_tokens=9, messages=[{{"role": "user", "content": "{0}"}}])\n'
HEAD = "import anthropic\nclient = anthropic.Anthropic()\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run_over(folder: Path, **texts: str) -> Run:
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    rules = known_rules()
    return Run.of_paths(["."], SettingsResolver(".", {}, True, known=rules), rules)


def test_calls_beyond_the_budget_are_counted_in_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "MOST_STEPS_OF_FILE", 10)
    lint = run_over(tmp_path, many=HEAD + "".join(CALL.format(n) for n in range(20)), one=HEAD + CALL.format(1)).lint()
    [note] = lint.notes
    assert note.path.endswith("many.py")
    assert note.message.startswith("too much to work out: ")
    assert note.message.endswith(" of 20 calls were not checked")
    assert {Path(finding.at.path).name for finding in lint.findings} == {"many.py", "one.py"}
    assert lint.errors == ()


def test_each_call_counts_for_what_rules_and_fixes_do_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "MOST_STEPS_OF_FILE", 12 * checking.STEPS_OF_CALL)
    [note] = run_over(tmp_path, many=HEAD + "".join(CALL.format(n) for n in range(20))).lint().notes
    left = int(note.message.removeprefix("too much to work out: ").partition(" ")[0])
    assert 20 - 13 <= left < 20


def test_a_budget_is_the_same_for_a_file_wherever_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "MOST_STEPS_OF_FILE", 10_200)
    text = HEAD + "".join(CALL.format(n) for n in range(40))
    alone = run_over(tmp_path, b=text).lint()
    among = run_over(tmp_path, a=text.replace("client", "other"), b=text).lint()
    assert [each for each in among.notes if each.path.endswith("b.py")] == list(alone.notes)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_a_time_limit_ends_a_file_and_not_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_over(tmp_path, slow=HEAD + CALL.format(1), fast=HEAD + CALL.format(2))
    check = Run._check

    def slowly(self: Run, path: str, site: object) -> object:
        if path.endswith("slow.py"):
            time.sleep(30)
        return check(self, path, site)  # type: ignore[arg-type]

    monkeypatch.setattr(Run, "_check", slowly)
    # Long enough for the other file on a machine that is busy.
    monkeypatch.setattr(time_limit, "_seconds", 3.0)
    started = time.monotonic()
    lint = run.lint()
    assert time.monotonic() - started < 20
    assert [Path(note.path).name for note in lint.notes] == ["slow.py"]
    assert "took longer than 3 s" in lint.notes[0].message
    assert {Path(finding.at.path).name for finding in lint.findings} == {"fast.py"}
