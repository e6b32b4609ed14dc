"""A baseline leaves out what was there before, and comments can be added for it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

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


def llmlint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "llmlint", *arguments], cwd=folder, capture_output=True, text=True, timeout=100)


def codes(folder: Path, *arguments: str) -> list[str]:
    return re.findall(r" (LLM\d+) ", llmlint(folder, "--output-format", "concise", *arguments).stdout)


def test_a_baseline_survives_edits_a_rename_and_a_moved_function(app: Path) -> None:
    assert codes(app) == ["LLM201"]
    assert llmlint(app, "baseline").stdout == "1 in llmlint-baseline.json\n"
    assert "line" not in (app / "llmlint-baseline.json").read_text()
    assert codes(app) == []
    assert codes(app, "--no-baseline") == ["LLM201"]
    lines = ASK.replace("client =", "\n" * 50 + "client =").replace("        max_tokens=9,", "        max_tokens=9,   ")
    (app / "app.py").write_text(lines)
    assert codes(app) == []
    (app / "app.py").rename(app / "desk.py")
    assert codes(app) == []
    (app / "desk.py").write_text(ASK.replace("def ask", "def answer"))
    assert codes(app) == []
    (app / "desk.py").write_text(ASK.replace("def ask", "def answer") + ASK[ASK.index("def ask") :])
    assert codes(app) == ["LLM201"]


def test_it_only_shrinks_unless_asked(app: Path) -> None:
    llmlint(app, "baseline")
    (app / "plain.py").write_text("")
    (app / "more.py").write_text(ASK.replace("max_tokens=9", "max_tokens=8"))
    assert codes(app) == ["LLM201"]
    assert "1 new left out" in llmlint(app, "baseline").stdout
    assert codes(app) == ["LLM201"]
    assert "1 new added" in llmlint(app, "baseline", "--add").stdout
    assert codes(app) == []
    (app / "more.py").unlink()
    outcome = llmlint(app)
    assert outcome.returncode == 0
    assert "llmlint-baseline.json: 1 entry is not found any more" in outcome.stderr
    assert llmlint(app, "app.py").stderr == ""
    assert "1 removed" in llmlint(app, "baseline").stdout
    assert llmlint(app).stderr == ""
    assert len(json.loads((app / "llmlint-baseline.json").read_text())["findings"]) == 1


def test_what_is_in_it_is_not_fixed(app: Path) -> None:
    llmlint(app, "baseline")
    assert llmlint(app, "--fix", "--unsafe-fixes").returncode == 0
    assert (app / "app.py").read_text() == ASK


def test_a_damaged_one_is_an_error(app: Path) -> None:
    (app / "llmlint-baseline.json").write_text("{}")
    outcome = llmlint(app)
    assert outcome.returncode == 2
    assert "llmlint-baseline.json: not a baseline of llmlint" in outcome.stderr


def test_comments_are_added_for_a_finding_that_stood_behind_another_one(app: Path) -> None:
    (app / "app.py").write_text(re.sub(r'model="[^"]*"', 'model="claude-3-opus-20240229"', ASK))
    outcome = llmlint(app, "--add-ignore", "known")
    assert "Added comments for 1 of 1 found." in outcome.stderr
    assert "# llmlint: ignore[LLM201, LLM204] known" in (app / "app.py").read_text()
    assert codes(app) == []


def test_comments_are_added_with_a_reason(app: Path) -> None:
    (app / "two.py").write_text(ASK.replace('content": text}],\n    )', 'content": text}],\n    )  # type: ignore'))
    outcome = llmlint(app, "--add-ignore", "adopted in November")
    assert "Added comments for 2 of 2 found." in outcome.stderr
    assert (app / "app.py").read_text() == ASK.rstrip() + "  # llmlint: ignore[LLM201] adopted in November\n"
    assert "# type: ignore  # llmlint: ignore[LLM201] adopted in November" in (app / "two.py").read_text()
    assert codes(app) == []
    text = (app / "app.py").read_text()
    (app / "app.py").write_text(text.replace("LLM201", "LLM101"))
    llmlint(app, "--add-ignore", "again")
    assert "ignore[LLM101, LLM201] adopted" in (app / "app.py").read_text()
