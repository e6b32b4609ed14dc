"""A baseline leaves out what was there before, and comments can be added for it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from metered.runner import Command, Outcome

Llmlint = Callable[..., Outcome]
Codes = Callable[..., list[str]]

ASK = """\
import anthropic

client = anthropic.Anthropic()


def ask(text):
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=9,
        messages=[{"role": "user", "content": text}],
    )
"""


@pytest.fixture
def app(repository: Path) -> Path:
    """A program with one finding of LLM201, in a repository of its own."""
    for path in sorted(repository.rglob("*.py")):
        path.unlink()
    (repository / "app.py").write_text(ASK)
    return repository


@pytest.fixture
def llmlint(app: Path, command: Command) -> Llmlint:
    return partial(command, app)


@pytest.fixture
def codes(llmlint: Llmlint) -> Codes:
    return lambda *arguments: re.findall(r" (LLM\d+) ", llmlint("--output-format", "concise", *arguments).out)


def test_a_baseline_survives_edits_a_rename_and_a_moved_function(app: Path, llmlint: Llmlint, codes: Codes) -> None:
    assert codes() == ["LLM201"]
    assert llmlint("baseline").out == "1 in llmlint-baseline.json\n"
    assert "line" not in (app / "llmlint-baseline.json").read_text()
    assert codes() == []
    assert codes("--no-baseline") == ["LLM201"]
    lines = ASK.replace("client =", "\n" * 50 + "client =").replace("        max_tokens=9,", "        max_tokens=9,   ")
    (app / "app.py").write_text(lines)
    assert codes() == []
    (app / "app.py").rename(app / "desk.py")
    assert codes() == []
    (app / "desk.py").write_text(ASK.replace("def ask", "def answer"))
    assert codes() == []
    (app / "desk.py").write_text(ASK.replace("def ask", "def answer") + ASK[ASK.index("def ask") :])
    assert codes() == ["LLM201"]


def test_it_only_shrinks_unless_asked(app: Path, llmlint: Llmlint, codes: Codes) -> None:
    llmlint("baseline")
    (app / "plain.py").write_text("")
    (app / "more.py").write_text(ASK.replace("max_tokens=9", "max_tokens=8"))
    assert codes() == ["LLM201"]
    assert "1 new left out" in llmlint("baseline").out
    assert codes() == ["LLM201"]
    assert "1 new added" in llmlint("baseline", "--add").out
    assert codes() == []
    (app / "more.py").unlink()
    outcome = llmlint()
    assert outcome.code == 0
    assert "llmlint-baseline.json: 1 entry is not found any more" in outcome.err
    assert llmlint("app.py").err == ""
    assert "1 removed" in llmlint("baseline").out
    assert llmlint().err == ""
    assert len(json.loads((app / "llmlint-baseline.json").read_text())["findings"]) == 1


def test_what_is_in_it_is_not_fixed(app: Path, llmlint: Llmlint) -> None:
    llmlint("baseline")
    assert llmlint("--fix", "--unsafe-fixes").code == 0
    assert (app / "app.py").read_text() == ASK


def test_a_damaged_one_is_an_error(app: Path, llmlint: Llmlint) -> None:
    (app / "llmlint-baseline.json").write_text("{}")
    outcome = llmlint()
    assert outcome.code == 2
    assert "llmlint-baseline.json: not a baseline of llmlint" in outcome.err


def test_comments_are_added_for_a_finding_that_stood_behind_another_one(app: Path, llmlint: Llmlint, codes: Codes) -> None:
    (app / "app.py").write_text(re.sub(r'model="[^"]*"', 'model="claude-3-opus-20240229"', ASK))
    outcome = llmlint("--add-ignore", "known")
    assert "Added comments for 1 of 1 found." in outcome.err
    assert "# llmlint: ignore[LLM201, LLM204] known" in (app / "app.py").read_text()
    assert codes() == []


def test_what_is_left_is_shown_where_it_stands_now(app: Path, llmlint: Llmlint) -> None:
    (app / "app.py").write_text(f"{ASK}\n\ndef late():  # llmlint: ignore[LLM105]\n    pass\n")
    outcome = llmlint("--add-ignore", "a reason that is long enough to move what stands behind it", "--output-format", "concise")
    lines = (app / "app.py").read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "def late" in text)
    assert f"app.py:{line}:{lines[line - 1].index('#') + 1}: LLM001" in outcome.out


def test_comments_are_added_with_a_reason(app: Path, llmlint: Llmlint, codes: Codes) -> None:
    (app / "two.py").write_text(ASK.replace('content": text}],\n    )', 'content": text}],\n    )  # type: ignore'))
    outcome = llmlint("--add-ignore", "adopted in November")
    assert "Added comments for 2 of 2 found." in outcome.err
    assert (app / "app.py").read_text() == ASK.rstrip() + "  # llmlint: ignore[LLM201] adopted in November\n"
    assert "# type: ignore  # llmlint: ignore[LLM201] adopted in November" in (app / "two.py").read_text()
    assert codes() == []
    text = (app / "app.py").read_text()
    (app / "app.py").write_text(text.replace("LLM201", "LLM101"))
    llmlint("--add-ignore", "again")
    assert "ignore[LLM101, LLM201] adopted" in (app / "app.py").read_text()
