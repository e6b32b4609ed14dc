"""`--fix` and `--diff`: what changes, what does not, and what is said about it."""

from __future__ import annotations

import codecs
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

PREMIUM = "import anthropic\nclient = anthropic.Anthropic()\nclient.messages.create(model='claude-opus-5-5', max_tokens=9, messages=[])\n"


def test_fix_mends_the_file_and_says_so(llmlint, folder: Path, leak: str, leak_fixed: str) -> None:
    (folder / "app.py").write_text(leak)
    outcome = llmlint("--fix")
    assert (outcome.code, outcome.out, outcome.err) == (0, "1 found, 1 fixed\n", "")
    assert (folder / "app.py").read_text() == leak_fixed
    assert llmlint("--fix").out == "All checks passed! (1 call in 1 file)\n"
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


def test_show_fixes_lists_what_changes_file_by_file(llmlint, folder: Path) -> None:
    (folder / "app.py").write_text(PREMIUM)
    listed = "1 finding in 1 file:\n- app.py:\n    app.py:3:30 LLM201 Use `claude-sonnet-5-5`\n\n"
    diff = llmlint("--diff", "--unsafe-fixes", "--show-fixes")
    assert diff.err == f"Would fix {listed}Would fix 1 of 1 found.\n"
    outcome = llmlint("--fix", "--unsafe-fixes", "--show-fixes")
    assert outcome.out == f"Fixed {listed}1 found, 1 fixed\n"


def test_what_appears_after_fixes_is_said_and_left_to_the_next_run(llmlint, folder: Path) -> None:
    retired = PREMIUM.replace("claude-opus-5-5", "claude-3-opus-20240229").replace("max_tokens=9", "max_tokens=2000")
    (folder / "app.py").write_text(retired)
    report = json.loads(llmlint("--output-format", "json").out)
    assert [each["code"] for each in report["findings"]] == ["LLM201"]
    assert report["findings"][0]["message"].startswith(
        "`claude-3-opus-20240229` was retired on 2026-01-05, and is a premium-tier model"
    )
    outcome = llmlint("--fix", "--unsafe-fixes")
    assert outcome.out.endswith("1 found, 1 fixed, 1 new after the fixes\n")
    assert "claude-opus-5-5" in (folder / "app.py").read_text()
    assert llmlint("--diff", "--unsafe-fixes").err == "Would fix 1 of 1 found.\n"


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
    alone = llmlint("--fix", "--unsafe-fixes", "--no-project", "app.py", "--output-format", "concise")
    assert alone.code == 1
    assert alone.out.startswith("models.py:1:8: LLM201")
    assert alone.out.endswith("1 found, 0 fixed\n")
    assert "opus" in (folder / "models.py").read_text()
    assert llmlint("--fix", "--unsafe-fixes", "app.py").out == "1 found, 1 fixed\n"
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


def notebook_of(text: str, indent: int | None, is_list: bool) -> bytes:
    source: object = text.splitlines(keepends=True) if is_list else text
    cells = [
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": "%timeit 1\n!ls"},
        {"cell_type": "code", "execution_count": 7, "metadata": {}, "outputs": [{"text": "Größe"}], "source": source},
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=indent).encode()


PATCHED = {
    **{name: ("app.py", BYTES[name]) for name in BYTES},
    "notebook": ("nb.ipynb", lambda text: notebook_of(text, 1, True)),
    "notebook on one line": ("nb.ipynb", lambda text: notebook_of(text, None, False)),
    "odd name": ('a "b"\tcä.py', str.encode),
}


def test_the_diff_gives_the_bytes_that_fix_writes(llmlint, folder: Path, leak: str) -> None:
    """All kinds of files at once, with the tools that apply a diff."""
    files = {f"{number}/{file}": encode(leak) for number, (file, encode) in enumerate(PATCHED.values())}

    def write() -> None:
        for name, data in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)

    def read() -> dict[str, bytes]:
        return {name: (folder / name).read_bytes() for name in files}

    write()
    diff = llmlint("--diff")
    assert diff.raw.count(b"\n+++ ") == len(files)
    assert read() == files
    assert llmlint("--fix").out == f"{len(files)} found, {len(files)} fixed\n"
    fixed = read()
    assert all(fixed[name] != files[name] for name in files)
    for command in (["patch", "--binary", "-s", "-p0"], ["git", "apply", "-p0", "--whitespace=nowarn"]):
        write()
        env = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
        result = subprocess.run(command, cwd=folder, input=diff.raw, capture_output=True, env=env)
        assert result.returncode == 0, result.stdout + result.stderr
        assert read() == fixed


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
        {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {},
            "outputs": [],
            "source": "%timeit answer('x')\nfor x in open('x'): answer(x)\n!ls",
        },
    ]
    notebook = {"cells": cells, "metadata": {"kernelspec": {"language": "python"}}, "nbformat": 4, "nbformat_minor": 5}
    before = json.dumps(notebook, indent=2, ensure_ascii=False) + "\n"
    (folder / "nb.ipynb").write_text(before, encoding="utf-8")
    assert llmlint("--fix", "--select", "LLM101").out == "1 found, 1 fixed\n"
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
    assert llmlint("--fix").out == "All checks passed! (1 call in 1 file)\n"
    assert (folder / "app.py").read_text() == text


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits on processes")
@pytest.mark.parametrize("room", [0, 8_000])
def test_a_full_disk_costs_the_files_that_do_not_fit(folder: Path, leak: str, leak_fixed: str, room: int) -> None:
    """A limit on the size of files stands for a disk without room: the small file fits, the large one does not."""
    import resource

    large = leak + "# more than fits\n" * 1000
    (folder / "large.py").write_text(large)
    (folder / "small.py").write_text(leak)
    room = len(leak_fixed.encode()) if room else 0
    result = subprocess.run(
        [sys.executable, "-m", "llmlint", "--fix", "--output-format", "concise"],
        cwd=folder,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)),
    )
    fixed = ["small.py"] if room else []
    lines = [
        f"error: {name}: cannot be written: File too large (the fix of LLM101 was left out)\n"
        for name in ("large.py", "small.py")
        if name not in fixed
    ]
    assert (result.returncode, result.stderr) == (2, "".join(lines))
    assert result.stdout.endswith(f"2 found, {len(fixed)} fixed\n")
    assert (folder / "large.py").read_text() == large
    assert (folder / "small.py").read_text() == (leak_fixed if fixed else leak)
    assert set(os.listdir(folder)) - {".llmlint_cache"} == {"large.py", "small.py"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="POSIX signals")
def test_a_fix_that_is_stopped_at_any_time_breaks_no_file() -> None:
    script = Path(__file__).parents[2] / "scripts" / "interrupt_fixes.py"
    result = subprocess.run([sys.executable, str(script), "--rounds", "6", "--files", "20"], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture
def left(folder: Path) -> str:
    """What a killed run of --fix left in src/, beside a file of the user's."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (folder / "src").mkdir()
    left = f".llmlint-{gone.pid}-abcd_123.tmp"
    (folder / "src" / left).write_text("x")
    (folder / "src" / ".llmlint-notes.tmp").write_text("mine")
    return left


def test_clean_removes_what_a_killed_fix_left(llmlint, folder: Path, left: str) -> None:
    assert llmlint("clean").err == f"Removing src/{left}\n"
    assert os.listdir(folder / "src") == [".llmlint-notes.tmp"]


@pytest.mark.parametrize("holds_call", [False, True])
def test_the_next_fix_removes_what_a_killed_one_left(llmlint, folder: Path, left: str, leak: str, holds_call: bool) -> None:
    (folder / "src" / "app.py").write_text(leak if holds_call else "x = 1\n")
    assert llmlint("src/app.py").code == (1 if holds_call else 0)
    assert left in os.listdir(folder / "src")
    assert llmlint("--fix", "src/app.py").code == 0
    assert sorted(os.listdir(folder / "src")) == [".llmlint-notes.tmp", "app.py"]
