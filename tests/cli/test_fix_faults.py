"""What the command line says and does about fixes that go wrong: with a faulty rule added to those that llmlint has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CALL = "import anthropic\nanthropic.Anthropic().messages.create(model='claude-haiku-5-5', max_tokens=1, messages=[])  # why\n"

# The module of a rule that is faulty in the way that a variable of the environment names.
FAULTY = """
import os, re
from llmlint.findings import Applicability, Confidence, Edit, Fix
from llmlint.rules.registry import rule
from llmlint.source import Span

kind = os.environ["FAULT"]

@rule("LLM901", "faulty", applicability=Applicability.SAFE)
def check(call, context):
    text = call.program.source(call.span.path).text
    number = re.search(r"max_tokens=(\\d+)", text)
    if call.span.path != "app.py":
        return
    if int(number[1]) > 1:
        # The fix is being checked; it has not been written yet.
        if kind == "changed":
            with open("other.py", "a") as file:
                file.write("# saved by an editor\\n")
        if kind == "removed":
            os.unlink("other.py")
        if kind == "crash":
            raise ValueError("no luck")
        if kind != "endless":
            return
    edits = [Edit(Span(path, *number.span(1)), str(int(number[1]) + 1)) for path in ("app.py", "other.py")]
    if kind == "syntax":
        edits[1] = Edit(edits[1].span, "(")
    if kind == "comment":
        edits[1] = Edit(Span("other.py", text.index("  #"), len(text) - 1), "")
    if kind == "useless":
        edits = [Edit(Span("other.py", *number.span(1)), "2")]
    code = "LLM902" if kind == "endless" and int(number[1]) % 2 else "LLM901"
    yield call.finding(code, "faulty", "found", at=call.span, confidence=Confidence.HIGH,
                       fix=Fix(Applicability.SAFE, "mend it", tuple(edits)))
"""
ENDLESS = """
from llmlint.findings import Applicability
from llmlint.rules.registry import rule

@rule("LLM902", "endless", applicability=Applicability.SAFE)
def check(call, context):
    return iter(())
"""
CHILD = """
import sys
from llmlint import rules
rules.__path__.append(sys.argv.pop(1))
from llmlint.cli import main
main()
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name in ("app.py", "other.py"):
        (tmp_path / name).write_text(CALL)
    return tmp_path


def run(kind: str, folder: Path, *options: str) -> tuple[int, str, str]:
    rules = folder.with_name(f"{folder.name}_rules")
    rules.mkdir(exist_ok=True)
    (rules / "llm901_faulty.py").write_text(FAULTY)
    (rules / "llm902_endless.py").write_text(ENDLESS)
    command = [
        sys.executable,
        "-c",
        CHILD,
        str(rules),
        "--isolated",
        "--select",
        "LLM901,LLM902",
        "--output-format",
        "concise",
        *options,
    ]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "FAULT": kind}
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=env)
    assert "Traceback" not in result.stderr
    return result.returncode, result.stdout, result.stderr


def contents(folder: Path) -> list[str]:
    assert set(os.listdir(folder)) - {".llmlint_cache"} == {"app.py", "other.py"}
    return [(folder / name).read_text() for name in ("app.py", "other.py")]


def test_a_sound_fix_of_two_files_is_written_in_both(files: Path) -> None:
    assert run("sound", files, "--fix") == (0, "1 found, 1 fixed\n", "")
    assert contents(files) == [CALL.replace("max_tokens=1", "max_tokens=2")] * 2


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("syntax", "the fixed code would not parse: "),
        ("comment", "the fix would lose a comment: # why"),
        ("useless", "the finding would still be there after its fix"),
        ("crash", "the fixed code could not be checked"),
    ],
)
@pytest.mark.parametrize("option", ["--fix", "--diff"])
def test_a_fix_that_must_not_be_applied_is_refused_with_file_rule_and_reason(
    files: Path, kind: str, reason: str, option: str
) -> None:
    code, out, err = run(kind, files, option)
    assert err.startswith(f"warning: app.py: the fix of LLM901 was left out: {reason}")
    assert contents(files) == [CALL] * 2
    if option == "--fix":
        assert (code, err.count("\n")) == (1, 1)
        assert out.startswith("app.py:2:1: LLM901")
        assert "1 found, 0 fixed" in out
    else:
        assert (code, out) == (0, "")
        assert err.endswith("Would fix 0 of 1 found.\n")


@pytest.mark.parametrize("kind", ["changed", "removed"])
def test_a_file_that_changed_while_llmlint_ran_stops_the_whole_fix(files: Path, kind: str) -> None:
    code, out, err = run(kind, files, "--fix")
    reason = {
        "changed": "was changed by another program in the meantime, and is left as it is",
        "removed": "cannot be written: No such file or directory",
    }[kind]
    assert err == f"error: other.py: {reason} (the fix of LLM901 was left out, in app.py too)\n"
    assert code == 2
    assert "1 found, 0 fixed" in out
    assert (files / "app.py").read_text() == CALL
    if kind == "changed":
        assert set((files / "other.py").read_text().removeprefix(CALL).splitlines()) == {"# saved by an editor"}


def test_a_fix_that_brings_the_next_finding_is_applied_once(files: Path) -> None:
    code, out, err = run("endless", files, "--fix")
    assert (code, err) == (1, "")
    assert contents(files) == [CALL.replace("max_tokens=1", "max_tokens=2")] * 2
    assert "after the fixes" in out
