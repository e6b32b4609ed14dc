"""`--fix` and `--diff`: what changes, what does not, and what is said about it."""

from __future__ import annotations

import codecs
import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

PREMIUM = "import anthropic\nclient = anthropic.Anthropic()\nclient.messages.create(model='claude-opus-5-5', max_tokens=9, messages=[])\n"


def test_fix_mends_the_file_and_says_so(llmlint, folder: Path, leak: str, leak_fixed: str) -> None:
    (folder / "app.py").write_text(leak)
    outcome = llmlint("--fix")
    assert (outcome.code, outcome.out, outcome.err) == (0, "1 found, 1 fixed\n", "")
    assert (folder / "app.py").read_text() == leak_fixed
    assert llmlint("--fix").out == "All checks passed!\n"
    assert (folder / "app.py").read_text() == leak_fixed


def test_exit_non_zero_on_fix(llmlint, folder: Path, leak: str) -> None:
    (folder / "app.py").write_text(leak)
    assert llmlint("--fix", "--exit-non-zero-on-fix").code == 1
    assert llmlint("--fix", "--exit-non-zero-on-fix").code == 0


def test_diff_shows_what_fix_would_write_and_writes_nothing(llmlint, folder: Path, leak: str, leak_fixed: str) -> None:
    (folder / "app.py").write_text(leak)
    outcome = llmlint("--diff")
    assert outcome.code == 1
    assert outcome.err == "Would fix 1 of 1 found.\n"
    assert (folder / "app.py").read_text() == leak
    patched = subprocess.run(["patch", "-p0"], cwd=folder, input=outcome.raw, capture_output=True)
    assert patched.returncode == 0, patched.stdout
    assert (folder / "app.py").read_text() == leak_fixed
    clean = llmlint("--diff")
    assert (clean.code, clean.out) == (0, "")


def test_diff_goes_before_fix(llmlint, folder: Path, leak: str) -> None:
    (folder / "app.py").write_text(leak)
    assert llmlint("--diff", "--fix").code == 1
    assert (folder / "app.py").read_text() == leak


def test_unsafe_fixes_are_applied_on_request_only(llmlint, folder: Path) -> None:
    (folder / "app.py").write_text(PREMIUM)
    outcome = llmlint("--fix", "--output-format", "concise")
    assert outcome.code == 1
    assert outcome.out.endswith("1 found, 0 fixed (1 more with --unsafe-fixes)\n")
    assert (folder / "app.py").read_text() == PREMIUM
    assert llmlint("--fix", "--unsafe-fixes").out == "1 found, 1 fixed\n"
    assert "opus" not in (folder / "app.py").read_text()


def test_settings_can_allow_unsafe_fixes_and_forbid_any(llmlint, folder: Path, leak: str) -> None:
    (folder / "llmlint.toml").write_text('unsafe-fixes = true\nunfixable = ["LLM101"]\n')
    (folder / "app.py").write_text(leak)
    (folder / "premium.py").write_text(PREMIUM)
    outcome = llmlint("--fix", "--output-format", "concise")
    assert outcome.out.endswith("2 found, 1 fixed\n")
    assert (folder / "app.py").read_text() == leak
    assert "opus" not in (folder / "premium.py").read_text()
    (folder / "premium.py").write_text(PREMIUM)
    llmlint("--fix", "--no-unsafe-fixes")
    assert (folder / "premium.py").read_text() == PREMIUM


def test_two_findings_on_one_call_are_both_fixed(llmlint, folder: Path, leak: str, leak_fixed: str) -> None:
    (folder / "app.py").write_text(leak.replace("claude-haiku-5-5", "claude-opus-5-5"))
    assert llmlint("--fix", "--unsafe-fixes").out == "2 found, 2 fixed\n"
    assert (folder / "app.py").read_text() == leak_fixed.replace("claude-haiku-5-5", "claude-sonnet-5-5")


def test_a_fix_reaches_into_another_file_only_if_that_is_part_of_the_run(llmlint, folder: Path) -> None:
    (folder / "models.py").write_text("BEST = 'claude-opus-5-5'\n")
    (folder / "app.py").write_text("from models import BEST\n" + PREMIUM.replace("'claude-opus-5-5'", "BEST"))
    alone = llmlint("--fix", "--unsafe-fixes", "app.py", "--output-format", "concise")
    assert alone.code == 1
    assert alone.out.startswith("models.py:1:8: LLM201")
    assert alone.out.endswith("1 found, 0 fixed\n")
    assert "opus" in (folder / "models.py").read_text()
    assert llmlint("--fix", "--unsafe-fixes", ".").out == "1 found, 1 fixed\n"
    assert (folder / "models.py").read_text() == "BEST = 'claude-sonnet-5-5'\n"


BYTES = {
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "CR": lambda text: text.replace("\n", "\r").encode(),
    "BOM": lambda text: codecs.BOM_UTF8 + text.encode(),
    "form feed": lambda text: text.replace("client =", "\f\nclient =").encode(),
    "latin-1": lambda text: ("# -*- coding: latin-1 -*-\n" + text).encode("latin-1"),
    "cp1252": lambda text: ("# coding: cp1252\n" + text.replace("Grüße", "„Grüße“ €")).encode("cp1252"),
    "no final newline": lambda text: text.rstrip("\n").encode(),
    "trailing blanks": lambda text: text.replace("question):", "question):   ").encode() + b"\n\n   \n",
    "tabs": lambda text: text.replace("    ", "\t").encode(),
    "mixed line ends": lambda text: text.replace("\n", "\r\n", 5).encode(),
}


@pytest.mark.parametrize("name", BYTES)
def test_every_byte_outside_of_the_edit_survives(llmlint, folder: Path, leak: str, leak_fixed: str, name: str) -> None:
    (folder / "app.py").write_bytes(BYTES[name](leak))
    outcome = llmlint("--fix")
    assert outcome.out == "1 found, 1 fixed\n"
    assert (folder / "app.py").read_bytes() == BYTES[name](leak_fixed)


def test_new_lines_end_as_the_others_do(llmlint, folder: Path, leak: str) -> None:
    text = leak.replace("# all", "# " + "so that it does not fit into one line " * 3)
    (folder / "app.py").write_bytes(BYTES["CRLF"](text))
    assert llmlint("--fix").out == "1 found, 1 fixed\n"
    data = (folder / "app.py").read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r") > text.count("\n")


@pytest.mark.parametrize("name", BYTES)
def test_standard_input_comes_back_to_the_byte(llmlint, leak: str, leak_fixed: str, name: str) -> None:
    outcome = llmlint("--fix", "-", stdin=BYTES[name](leak))
    assert outcome.raw == BYTES[name](leak_fixed)
    assert outcome.err == "1 found, 1 fixed\n"
    assert outcome.code == 0


def test_standard_input_without_a_finding_comes_back_as_it_was(llmlint) -> None:
    outcome = llmlint("--fix", "-", stdin=b"x = 1\r\n")
    assert (outcome.code, outcome.raw) == (0, b"x = 1\r\n")
    outcome = llmlint("--fix", "-", stdin=b"messages.create(\n")
    assert (outcome.code, outcome.raw) == (2, b"messages.create(\n")


def test_a_notebook_keeps_all_but_the_edit(llmlint, folder: Path, leak: str, leak_fixed: str) -> None:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Größe\n", "text"]},
        {
            "cell_type": "code",
            "execution_count": 7,
            "metadata": {"tags": []},
            "outputs": [{"x": 1}],
            "source": leak.splitlines(True),
        },
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": "%timeit answer('x')\n!ls"},
    ]
    notebook = {"cells": cells, "metadata": {"kernelspec": {"language": "python"}}, "nbformat": 4, "nbformat_minor": 5}
    before = json.dumps(notebook, indent=2, ensure_ascii=False) + "\n"
    (folder / "nb.ipynb").write_text(before, encoding="utf-8")
    diff = llmlint("--diff")
    assert diff.out.startswith("--- nb.ipynb:cell 2\n+++ nb.ipynb:cell 2\n")
    assert llmlint("--fix").out == "1 found, 1 fixed\n"
    cells[1]["source"] = leak_fixed.splitlines(True)
    assert (folder / "nb.ipynb").read_text(encoding="utf-8") == json.dumps(notebook, indent=2, ensure_ascii=False) + "\n"


@pytest.mark.skipif(os.name == "nt", reason="mode bits")
def test_mode_and_link_survive(llmlint, folder: Path, leak: str, leak_fixed: str) -> None:
    (folder / "real.txt").write_text(leak)
    (folder / "real.txt").chmod(0o750)
    (folder / "app.py").symlink_to("real.txt")
    assert llmlint("--fix").code == 0
    assert (folder / "app.py").is_symlink()
    assert (folder / "real.txt").read_text() == leak_fixed
    assert stat.S_IMODE((folder / "real.txt").stat().st_mode) == 0o750
    assert [path.name for path in sorted(folder.iterdir())] == ["app.py", "real.txt"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everything")
def test_a_file_that_cannot_be_written_is_an_error(llmlint, folder: Path, leak: str) -> None:
    (folder / "app.py").write_text(leak)
    (folder / "app.py").chmod(0o444)
    outcome = llmlint("--fix")
    assert outcome.code == 2
    assert outcome.err == "error: app.py: cannot be written: Permission denied\n"
    assert (folder / "app.py").read_text() == leak


def test_a_suppressed_finding_is_not_fixed(llmlint, folder: Path, leak: str) -> None:
    text = leak.replace("# all", "# llmlint: ignore[LLM101] used once a day")
    (folder / "app.py").write_text(text)
    assert llmlint("--fix").out == "All checks passed!\n"
    assert (folder / "app.py").read_text() == text
