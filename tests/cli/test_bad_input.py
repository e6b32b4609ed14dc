"""Bad files: one line on standard error that names the file, everything else still reported, exit code 2. Never a traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

CALL = "import anthropic\nclient = anthropic.Anthropic()\nclient.messages.create(model='claude-haiku-5-5', max_tokens=9, messages=[])\n"


def deep_parentheses() -> str:
    return CALL + "x = " + "(" * 20_000 + ")" * 20_000 + "\n"


def many_elifs() -> str:
    return CALL + "if x == 0:\n    pass\n" + "".join(f"elif x == {number}:\n    pass\n" for number in range(20_000))


def deep_blocks() -> str:
    return CALL + "".join(f"{' ' * depth}if x:\n" for depth in range(2_000)) + " " * 2_000 + "pass\n"


def long_chain() -> str:
    return CALL + "x = y" + ".a" * 50_000 + "\n"


def long_sum() -> str:
    return CALL + "x = " + " + ".join(["1"] * 50_000) + "\n"


def many_nots() -> str:
    return CALL + "x = " + "not " * 20_000 + "y\n"


def many_calls() -> str:
    return CALL + "x = f" + "()" * 20_000 + "\n"


def many_lambdas() -> str:
    return CALL + "x = " + "lambda: " * 20_000 + "0\n"


def many_conditions() -> str:
    return CALL + "x = " + "1 if a else " * 20_000 + "0\n"


def many_comparisons() -> str:
    return CALL + "x = " + " < ".join(["a"] * 50_000) + "\n"


def many_strings() -> str:
    return CALL + "x = " + " ".join(['"a"'] * 50_000) + "\n"


def many_targets() -> str:
    return CALL + "x = " * 20_000 + "0\n"


TOO_MUCH = [
    deep_parentheses,
    many_elifs,
    deep_blocks,
    long_chain,
    long_sum,
    many_nots,
    many_calls,
    many_lambdas,
    many_conditions,
    many_comparisons,
    many_strings,
    many_targets,
]

BAD = {
    "syntax error": (CALL.encode() + b"def broken(:\n", "syntax error at line 4"),
    "unclosed bracket": (CALL.encode() + b"f(\n", "syntax error"),
    "bad indentation": (CALL.encode() + b"  x = 1\n", "syntax error"),
    "Python 2": (CALL.encode() + b"print 'x'\n", "syntax error"),
    "NUL": (CALL.encode() + b"x = '\0'\n", "NUL bytes"),
    "not UTF-8": (CALL.encode() + b"# \xff\n", "not valid utf-8: byte 0xff in line 4"),
    "unknown encoding": (b"# coding: klingon\n" + CALL.encode(), "klingon"),
    "UTF-16": (b"messages.create anthropic\xff\xfe" + CALL.encode("utf-16"), "NUL bytes"),
    "11 MB": (CALL.encode() + b"# padding\n" * 1_100_000, "larger than 10 MB"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_costs_one_line_and_not_the_run(llmlint, folder: Path, leak: str, name: str) -> None:
    data, message = BAD[name]
    (folder / "bad.py").write_bytes(data)
    (folder / "good.py").write_text(leak)
    outcome = llmlint("--output-format", "concise")
    assert outcome.code == 2
    assert outcome.err.startswith("error: bad.py: ")
    assert message in outcome.err
    assert outcome.err.count("\n") == 1
    assert outcome.out.startswith("good.py:6:8: LLM101")


@pytest.mark.parametrize("make", TOO_MUCH, ids=lambda make: make.__name__)
def test_nesting_of_thousands_is_an_error_or_read_but_ends_well(llmlint, folder: Path, leak: str, make) -> None:
    (folder / "bad.py").write_text(make())
    (folder / "good.py").write_text(leak)
    outcome = llmlint("--output-format", "concise")
    assert outcome.code in (1, 2)
    assert outcome.err.count("\n") == (1 if outcome.code == 2 else 0)
    assert outcome.code == 1 or outcome.err.startswith("error: bad.py: ")
    assert outcome.out.startswith("good.py:6:8: LLM101")


def test_a_file_without_a_call_may_be_as_broken_as_it_likes(llmlint, folder: Path) -> None:
    (folder / "old.py").write_bytes(b"print 'x'\0\xff")
    assert llmlint().code == 0


def test_an_empty_file_and_a_file_of_blanks_are_fine(llmlint, folder: Path) -> None:
    (folder / "empty.py").write_bytes(b"")
    (folder / "blank.py").write_bytes(b"\f\n \t\r\n\r")
    (folder / "empty.ipynb").write_bytes(b"")
    outcome = llmlint()
    assert (outcome.code, outcome.err) == (0, "")


def test_a_path_that_does_not_exist(llmlint, folder: Path, leak: str) -> None:
    (folder / "good.py").write_text(leak)
    outcome = llmlint("absent.py", "good.py", "--output-format", "concise")
    assert outcome.code == 2
    assert outcome.err == "error: absent.py: no such file or directory\n"
    assert outcome.out.startswith("good.py:6:8: LLM101")


def test_links_that_lead_nowhere_or_in_a_circle(llmlint, folder: Path, leak: str) -> None:
    (folder / "good.py").write_text(leak)
    (folder / "broken.py").symlink_to("absent.py")
    (folder / "loop.py").symlink_to("loop.py")
    (folder / "inner").mkdir()
    (folder / "inner" / "up").symlink_to("..")
    outcome = llmlint("--output-format", "concise")
    assert outcome.code == 2
    assert [line.rpartition(": ")[0] for line in outcome.err.splitlines()] == ["error: broken.py", "error: loop.py"]
    assert outcome.out.count("LLM101") == 1


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_and_a_folder_without_permission(llmlint, folder: Path, leak: str) -> None:
    (folder / "good.py").write_text(leak)
    (folder / "secret.py").write_text(leak)
    (folder / "secret.py").chmod(0)
    (folder / "closed").mkdir(mode=0)
    outcome = llmlint("--output-format", "concise")
    (folder / "closed").chmod(0o700)
    assert outcome.code == 2
    assert outcome.err == "error: closed: permission denied\nerror: secret.py: permission denied\n"
    assert outcome.out.startswith("good.py:6:8: LLM101")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that cannot be read, as Linux has")
def test_a_file_that_fails_while_it_is_read(llmlint, folder: Path, leak: str) -> None:
    (folder / "good.py").write_text(leak)
    outcome = llmlint("--output-format", "concise", "good.py", "/proc/self/mem")
    assert outcome.code == 2
    assert outcome.err == "error: /proc/self/mem: input/output error\n"
    assert outcome.out.startswith("good.py:6:8: LLM101")


def test_a_name_that_no_encoding_knows(llmlint, folder: Path, leak: str) -> None:
    try:
        Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.py")).write_text(leak)
    except (OSError, UnicodeError):
        pytest.skip("this file system takes UTF-8 names only")
    outcome = llmlint("--output-format", "concise")
    assert outcome.code == 1
    assert outcome.out.startswith("caf\ufffd.py:6:8: LLM101")
    assert llmlint("--output-format", "json").code == 1
    assert llmlint("--show-files").code == 0
    assert llmlint("sites").code == 0


def test_output_that_the_terminal_cannot_encode(llmlint, folder: Path, leak: str) -> None:
    (folder / "app.py").write_text(leak.replace("question}", "question, 'größe': '…'}"), encoding="utf-8")
    outcome = llmlint("--diff", env={"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"})
    assert outcome.code == 1
    assert "+        system=[" in outcome.out


class TestNotebooks:
    def notebook(self, *sources: str) -> str:
        cells = [
            {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": source} for source in sources
        ]
        return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})

    def test_a_broken_cell_does_not_hide_the_others(self, llmlint, folder: Path, leak: str) -> None:
        (folder / "nb.ipynb").write_text(self.notebook("def broken(:", leak))
        outcome = llmlint("--output-format", "concise")
        assert outcome.code == 2
        assert outcome.err.startswith("error: nb.ipynb: cell 1: syntax error at line 1")
        assert outcome.out.startswith("nb.ipynb:cell 2:6:8: LLM101")

    @pytest.mark.parametrize(
        "text", ["{", "[]", "null", '{"cells": 1}', '{"cells": [1], "nbformat": 4}', '{"cells": [], "nbformat": 3}']
    )
    def test_what_is_no_notebook(self, llmlint, folder: Path, leak: str, text: str) -> None:
        (folder / "good.py").write_text(leak)
        (folder / "nb.ipynb").write_text(text + " " * 10 + "anthropic messages.create")
        outcome = llmlint("--output-format", "concise")
        assert outcome.code == 2
        assert outcome.err.startswith("error: nb.ipynb: ")
        assert outcome.out.startswith("good.py:6:8: LLM101")


class TestInterruption:
    def test_a_reader_that_goes_away_is_no_error(self, folder: Path, leak: str) -> None:
        for number in range(50):
            (folder / f"app{number}.py").write_text(leak)
        process = subprocess.Popen([sys.executable, "-m", "llmlint"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        errors = process.stderr.read()
        process.stderr.close()
        assert process.wait(60) == 1
        assert errors == b""

    @pytest.mark.skipif(sys.platform == "win32", reason="signals")
    def test_ctrl_c_ends_quietly_with_130(self, folder: Path) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "llmlint", "-"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stderr
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.5)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=60)
        assert process.returncode == 130
        assert out == b""
        assert b"Traceback" not in errors


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
class TestStreams:
    def run(self, folder: Path, redirection: str, *arguments: str) -> tuple[int, str]:
        command = f"{sys.executable} -m llmlint {' '.join(arguments)} {redirection}"
        result = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True)
        return result.returncode, result.stderr

    @pytest.mark.parametrize("redirection", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
    def test_closed_ones_do_not_matter(self, folder: Path, leak: str, redirection: str) -> None:
        (folder / "app.py").write_text(leak)
        assert self.run(folder, redirection) == (1, "")
        assert self.run(folder, redirection, "absent.py")[0] == 2

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
    @pytest.mark.parametrize("arguments", [[], ["--help"], ["sites"], ["rule", "--all"]])
    def test_a_full_disk_is_an_error_in_one_line(self, folder: Path, leak: str, arguments: list[str]) -> None:
        (folder / "app.py").write_text(leak)
        assert self.run(folder, "> /dev/full", *arguments) == (2, "error: standard output: No space left on device\n")
