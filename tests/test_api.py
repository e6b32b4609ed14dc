"""The library finds what the command line finds, and touches nothing but its arguments."""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import os
import pickle
import random
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from llmlint.api import ConfigError, FileError, FileFacts, link, may_hold_call, scan_source
from metered.runner import Command

CliFindings = Callable[..., Any]
ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"

HANDBOOK = b"Answer from this handbook, and from nothing else. " * 200
CALL = b"""\
import anthropic
from pathlib import Path
from desk.prompts import BOOK

client = anthropic.Anthropic()


def answer(question):
    return client.messages.create(model="claude-haiku-5-5", max_tokens=300, system=BOOK, messages=[{"role": "user", "content": question}])
"""
REPOSITORY = {
    "desk/__init__.py": b"",
    "desk/answer.py": CALL,
    "desk/prompts.py": b'from pathlib import Path\nBOOK = (Path(__file__).parent / "book.md").read_text()\n',
    "desk/book.md": HANDBOOK,
    "run.py": b"from desk.answer import answer\n\nfor line in open('questions.txt'):\n    print(answer(line))\n",
}


def facts_of(files: dict[str, bytes]) -> list[FileFacts]:
    return [scan_source(data, path) for path, data in files.items()]


def files_below(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def cli_findings(command: Command) -> CliFindings:
    def run(folder: Path, *arguments: str) -> Any:
        outcome = command(folder, "--isolated", "--no-cache", "--output-format", "json", *arguments, ".")
        assert outcome.code in (0, 1), outcome.err
        return json.loads(outcome.out)["findings"]

    return run


# Beyond 500 files the command line links packages that lie side by side apart from each other: fewer are taken here.
@pytest.mark.parametrize("name", ["demo", "silent", "rules/llm101", "rules/llm203", "rules/llm301"])
def test_findings_are_those_of_the_command_line(name: str, tmp_path: Path, cli_findings: CliFindings) -> None:
    folder = tmp_path / "project"
    # The configuration of the demo makes it a project of its own, and the library takes all files as one.
    shutil.copytree(FIXTURES / name, folder, ignore=shutil.ignore_patterns("llmlint.toml"))
    found = link(facts_of(files_below(folder)), name="project")
    assert found == cli_findings(folder)
    assert bool(found) == (name != "silent")


def test_findings_of_low_confidence_are_those_of_the_command_line(tmp_path: Path, cli_findings: CliFindings) -> None:
    folder = tmp_path / "project"
    for code in ("llm203", "llm301", "llm302"):
        # Requirements make a folder a project of its own, and the library takes all files as one.
        shutil.copytree(FIXTURES / "rules" / code, folder / code, ignore=shutil.ignore_patterns("requirements.txt"))
    found = link(facts_of(files_below(folder)), name="project", min_confidence="low", ignore=["LLM1"], extend_select=["LLM203"])
    assert found == cli_findings(folder, "--min-confidence", "low", "--ignore", "LLM1", "--extend-select", "LLM203")
    assert {"LLM203", "LLM301"} <= {each["code"] for each in found}


def test_what_other_files_say_counts(tmp_path: Path, cli_findings: CliFindings) -> None:
    found = link(facts_of(REPOSITORY))
    assert [(each["code"], each["path"], each["call"]["path"]) for each in found] == [
        ("LLM101", "desk/prompts.py", "desk/answer.py"),
        ("LLM301", "run.py", "desk/answer.py"),
    ]
    for path, data in REPOSITORY.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(data)
    assert found == cli_findings(tmp_path)


@pytest.mark.parametrize(
    ("missing", "left"), [("desk/book.md", ["LLM301"]), ("desk/prompts.py", ["LLM301"]), ("run.py", ["LLM101"])]
)
def test_what_is_not_given_does_not_exist(missing: str, left: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path, data in REPOSITORY.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    given = {path: data for path, data in REPOSITORY.items() if path != missing}
    assert [each["code"] for each in link(facts_of(given))] == left
    # Not even where the repository is thought to lie just there.
    assert [each["code"] for each in link(facts_of(given), name=str(tmp_path))] == left


_EVENTS: list[tuple[str, object]] = []
_WATCH = [False]


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if _WATCH[0] and event.partition(".")[0] in ("open", "os", "shutil", "socket", "subprocess", "exec", "import"):
        _EVENTS.append((event, arguments[:1]))


@contextlib.contextmanager
def events() -> Iterator[list[tuple[str, object]]]:
    """What Python's audit hook sees meanwhile: opened files, listed folders, imports."""
    _EVENTS.clear()
    _WATCH[0] = True
    try:
        yield _EVENTS
    finally:
        _WATCH[0] = False


def test_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    link(facts_of(REPOSITORY))  # Imports what is imported late.
    sys.addaudithook(_watch)

    def refuse(path: object, *_: object, **__: object) -> None:
        raise AssertionError(f"asked the disk for {path}")

    for name in ("stat", "lstat", "open", "listdir", "scandir", "getcwd"):
        monkeypatch.setattr(os, name, refuse)
    with events() as seen:
        found = link(facts_of(REPOSITORY))
    monkeypatch.undo()
    assert len(found) == 2
    assert seen == []


def test_the_order_of_files_does_not_matter() -> None:
    files = files_below(FIXTURES / "demo") | REPOSITORY
    expected = link(facts_of(files))
    assert len(expected) == 5
    for seed in range(3):
        facts = facts_of(files)
        random.Random(seed).shuffle(facts)
        assert link(facts) == expected


def test_facts_go_from_process_to_process() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        facts = list(pool.map(scan_source, REPOSITORY.values(), REPOSITORY))
        assert pool.submit(link, facts).result() == link(facts) == link(facts_of(REPOSITORY))
    assert pickle.loads(pickle.dumps(facts[0])) == facts[0]


def test_files_without_calls_carry_their_bytes_only() -> None:
    by_path = {each.path: each for each in facts_of(REPOSITORY)}
    assert [path for path, each in by_path.items() if each.facts is not None] == ["desk/answer.py"]
    assert all(each.error is None and each.data == REPOSITORY[path] for path, each in by_path.items())
    assert may_hold_call(CALL)
    assert not may_hold_call(HANDBOOK)
    # A text that shows a call is no Python.
    assert scan_source(CALL, "README.md").facts is None


def test_files_that_cannot_be_read_are_errors_and_the_others_count() -> None:
    broken = {
        "latin.py": CALL + b"# \xff\n",
        "broken.py": CALL + b"def (:\n",
        "nul.py": CALL + b"\0",
        "broken.ipynb": json.dumps(
            {"cells": [{"cell_type": "code", "source": "client.messages.create("}], "nbformat": 4}
        ).encode(),
    }
    errors: list[FileError] = []
    facts = facts_of(REPOSITORY | broken)
    found = link(facts, on_error=errors.append)
    assert found == link(facts_of(REPOSITORY))
    assert sorted(each.path for each in errors) == sorted(broken)
    assert {each.path: each.error for each in facts if each.error} == {
        each.path: each for each in errors if each.path != "broken.ipynb"
    }
    assert link([]) == []


def test_the_day_is_an_argument() -> None:
    files = files_below(FIXTURES / "rules" / "llm204")
    early, late = (
        [each["message"] for each in link(facts_of(files), select=["LLM204"], today=day)]
        for day in (datetime.date(2020, 1, 1), datetime.date(2090, 1, 1))
    )
    assert early != late


def test_wrong_arguments_are_told() -> None:
    with pytest.raises(ConfigError, match="LLM999"):
        link([], select=["LLM999"])
    with pytest.raises(ConfigError, match="min-confidence"):
        link([], min_confidence="total")


def test_the_documented_example_prints_what_it_says() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    [code] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    [expected] = re.findall(r"This prints `(.+)`\.", page)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {})
    assert printed.getvalue() == expected + "\n"


def test_a_report_on_some_files_is_what_touches_them() -> None:
    facts = facts_of(REPOSITORY)
    everything = link(facts)
    for path in REPOSITORY:
        expected = [each for each in everything if f'"{path}"' in json.dumps(each)]
        assert link(facts, report_on=[path]) == expected
    assert link(facts, report_on=[]) == []
