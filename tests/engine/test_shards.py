"""Packages side by side are linked apart: findings are the same, whoever links them, and do not leave their files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from llmlint.cache.asked import Files, RecordingDisk
from llmlint.config.settings import SettingsResolver
from llmlint.discover.project import Asked
from llmlint.discover.walk import discover
from llmlint.findings import FileError, Finding
from llmlint.link.program import package_groups
from llmlint.rules.registry import known_rules
from llmlint.run import shards
from llmlint.run.engine import Run
from llmlint.run.shards import Checked, check_shards

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
    monkeypatch.setattr(package_groups, "_SMALL_RUN", 1)
    for number, package in enumerate(PACKAGES):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("")
        (tmp_path / package / "ask.py").write_text(ASK)
        (tmp_path / package / "loop.py").write_text(LOOP.format(package=package))
        (tmp_path / package / "guest.py").write_text(
            LOOP.format(package=PACKAGES[number - 1]) + "\n" + ASK.replace("ask(", "own(")
        )
    return tmp_path


WAYS = [(workers, is_kept) for workers in (1, 3) for is_kept in (True, False)]
"""By how many processes, and whether files stay in memory once they have been linted."""


def run(workers: int, is_kept: bool, monkeypatch: pytest.MonkeyPatch, disk: RecordingDisk | None = None) -> Run:
    monkeypatch.setattr(shards, "processors", lambda: workers)
    monkeypatch.setattr(shards, "SHARED_BYTES", 0)
    monkeypatch.setattr(shards, "_MANY_FILES", 1)
    rules = known_rules()
    settings = SettingsResolver(".", {}, True, known=rules)
    asked = Asked(os.getcwd(), list(discover(["."], settings)))
    made = Run.of_asked(asked, settings, rules, disk=disk, is_kept=is_kept)
    assert bool(made.unread) is not is_kept
    return made


@pytest.mark.parametrize(("workers", "is_kept"), WAYS)
def test_findings_are_the_same_however_they_are_found(
    packages: Path, monkeypatch: pytest.MonkeyPatch, workers: int, is_kept: bool
) -> None:
    (packages / "first" / "broken.py").write_text(ASK + "(\n")
    (packages / "second" / "ask.py").write_text(ASK.replace("}])\n", "}])  # llmlint: ignore[LLM108]\n"))
    (packages / "third" / "ask.py").write_text(ASK.replace("}])\n", "}])  # llmlint: ignore\n"))
    first, made = run(1, True, monkeypatch), run(workers, is_kept, monkeypatch)
    expected = first.lint()
    assert made.lint() == expected
    assert {(each.code, each.at.path) for each in expected.findings} >= {("LLM301", f"{name}/loop.py") for name in PACKAGES}
    assert {each.at.path for each in expected.findings if each.code == "LLM001"} == {"second/ask.py", "third/ask.py"}
    assert expected.errors == ()
    assert [error.path for error in made.errors] == ["first/broken.py"]
    assert (made.errors, made.reached, made.holding) == (first.errors, first.reached, first.holding)


@pytest.mark.parametrize(("workers", "is_kept"), WAYS)
def test_what_findings_tell_of_can_be_shown_afterwards(
    packages: Path, monkeypatch: pytest.MonkeyPatch, workers: int, is_kept: bool
) -> None:
    made = run(workers, is_kept, monkeypatch)
    for finding in made.lint().findings:
        diagnostic = made.diagnostic(finding)
        assert diagnostic.lines
        assert all(made.locate(each.span) for each in finding.related)


def test_the_cache_learns_what_all_of_them_have_asked(packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    for workers, is_kept in WAYS:
        disk = RecordingDisk(Files([]))
        run(workers, is_kept, monkeypatch, disk).lint()
        asked.append(disk.answers())
    assert all(each == asked[0] for each in asked)
    assert asked[0][0], "imports ask for files"


def test_one_project_is_one_part(packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (packages / "pyproject.toml").write_text("")
    monkeypatch.setattr(shards, "share", None)
    monkeypatch.setattr(shards, "_MANY_FILES", 1)
    rules = known_rules()
    assert Run.of_paths(["."], SettingsResolver(".", {}, True, known=rules), rules).lint().findings


def test_parts_come_back_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "processors", lambda: 2)
    monkeypatch.setattr(shards, "SHARED_BYTES", 0)

    def check(paths: Sequence[str]) -> Checked:
        errors: list[FileError] = []
        findings: list[Finding] = []
        return Checked(errors, findings, list(paths), frozenset(), os.getpid())

    found = list(check_shards(check, [["a"], ["b", "c"], ["d"]], len))
    assert [each.commented for each in found] == [["a"], ["b", "c"], ["d"]]
    if hasattr(os, "fork"):
        assert os.getpid() not in {each.answers for each in found}
