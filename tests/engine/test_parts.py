"""Packages side by side are linked apart: findings are the same, whoever links them, and do not leave their files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from llmlint import parts
from llmlint.cache.asked import Files, RecordingDisk
from llmlint.config import SettingsResolver
from llmlint.engine import Run
from llmlint.findings import FileError, Finding
from llmlint.link import program
from llmlint.parts import Checked, check_parts
from llmlint.unused_suppression import known_rules

ASK = """\
import anthropic

client = anthropic.Anthropic()


def ask(question, model="claude-opus-4-1"):
    return client.messages.create(model=model, max_tokens=9, messages=[{"role": "user", "content": question}])
"""
LOOP = "from {package}.ask import ask\n\n\ndef main(rows):\n    return [ask(row) for row in rows]\n"
PACKAGES = ("first", "second", "third")


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three packages with a helper each, which the next one imports too, and a loop around it in a file without a call of its own."""
    monkeypatch.chdir(tmp_path)
    # So few files would be taken for one project.
    monkeypatch.setattr(program, "_SMALL_RUN", 1)
    for number, package in enumerate(PACKAGES):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("")
        (tmp_path / package / "ask.py").write_text(ASK)
        (tmp_path / package / "loop.py").write_text(LOOP.format(package=package))
        (tmp_path / package / "guest.py").write_text(
            LOOP.format(package=PACKAGES[number - 1]) + "\n" + ASK.replace("ask(", "own(")
        )
    return tmp_path


def run(workers: int, monkeypatch: pytest.MonkeyPatch, disk: RecordingDisk | None = None) -> Run:
    monkeypatch.setattr(parts, "processors", lambda: workers)
    monkeypatch.setattr(parts, "SHARED_BYTES", 0)
    rules = known_rules()
    made = Run.of_paths(["."], SettingsResolver(".", {}, True, known=rules), rules)
    if disk is not None:
        made.disk = disk
    return made


def test_findings_are_the_same_by_one_process_and_by_several(packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone, together = run(1, monkeypatch), run(3, monkeypatch)
    expected = alone.lint()
    assert together.lint() == expected
    assert alone.reached == together.reached
    assert {(each.code, each.at.path) for each in expected.findings} >= {("LLM301", f"{name}/loop.py") for name in PACKAGES}
    assert expected.errors == ()


def test_what_findings_tell_of_can_be_shown_afterwards(packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for workers in (1, 3):
        made = run(workers, monkeypatch)
        for finding in made.lint().findings:
            diagnostic = made.diagnostic(finding)
            assert diagnostic.lines
            assert all(made.locate(each.span) for each in finding.related)


def test_the_cache_learns_what_all_of_them_have_asked(packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    for workers in (1, 3):
        disk = RecordingDisk(Files([]))
        run(workers, monkeypatch, disk).lint()
        asked.append(disk.answers())
    assert asked[0] == asked[1]
    assert asked[0][0], "imports ask for files"


def test_one_project_is_one_part(packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (packages / "pyproject.toml").write_text("")
    monkeypatch.setattr(parts, "share", None)
    assert run(3, monkeypatch).lint().findings


def test_parts_come_back_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "processors", lambda: 2)
    monkeypatch.setattr(parts, "SHARED_BYTES", 0)

    def check(paths: Sequence[str]) -> Checked:
        errors: list[FileError] = []
        findings: list[Finding] = []
        return Checked(errors, findings, list(paths), frozenset(), os.getpid())

    found = list(check_parts(check, [["a"], ["b", "c"], ["d"]], len))
    assert [each.sound for each in found] == [["a"], ["b", "c"], ["d"]]
    if hasattr(os, "fork"):
        assert os.getpid() not in {each.answers for each in found}
