"""The patch of a change: `patch` and `git apply` make of the old bytes the new ones, whatever they are."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmlint.fixes.patch import unified_diff

TOOLS = [
    pytest.param(command, id=command[0], marks=pytest.mark.skipif(shutil.which(command[0]) is None, reason="not installed"))
    for command in (["patch", "--binary", "-p0", "-s"], ["git", "apply", "-p0", "--whitespace=nowarn"])
]


def patched(command: list[str], folder: Path, name: str, old: bytes, diff: bytes) -> bytes:
    """What the tool makes of a file in an empty folder; git must not look for a repository above it."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(old)
    env = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent), "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(folder)}
    result = subprocess.run(command, input=diff, cwd=folder, capture_output=True, env=env)
    assert result.returncode == 0, result.stdout + result.stderr
    return file.read_bytes() if file.exists() else b""


def test_a_patch_has_the_path_twice_and_the_changed_lines() -> None:
    old = b"".join(b"line %d\n" % number for number in range(1, 11))
    assert unified_diff("src/a.py", old, old.replace(b"line 5\n", b"line five\n")) == (
        b"--- src/a.py\n+++ src/a.py\n@@ -2,7 +2,7 @@\n line 2\n line 3\n line 4\n-line 5\n+line five\n line 6\n line 7\n line 8\n"
    )


def test_a_missing_final_newline_is_marked() -> None:
    assert unified_diff("a.py", b"x = 1\ny = 2", b"x = 3\ny = 2") == (
        b"--- a.py\n+++ a.py\n@@ -1,2 +1,2 @@\n-x = 1\n+x = 3\n y = 2\n\\ No newline at end of file\n"
    )
    assert unified_diff("a.py", b"x = 1", b"x = 2\n") == (
        b"--- a.py\n+++ a.py\n@@ -1 +1 @@\n-x = 1\n\\ No newline at end of file\n+x = 2\n"
    )


def test_no_change_is_no_patch() -> None:
    assert unified_diff("a.py", b"x = 1\n", b"x = 1\n") == b""


@pytest.mark.parametrize("command", TOOLS)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"x = 1\r\ny = 2\r\n", b"x = [1]\r\ny = 2\r\n"),
        (b"x = 1\r\ny = 2", b"x = 1\r\ny = [2]"),
        (b"x = 1\ry = 2\r", b"x = 1\ry = [2]\r"),
        ("x = 1\n\x0cy = 2\n\u2028z = 3\n".encode(), "x = 1\n\x0cy = [2]\n\u2028z = 3\n".encode()),
        (b"\xef\xbb\xbfx = 1\n", b"\xef\xbb\xbfx = [1]\n"),
        (b"# coding: latin-1\nx = '\xe4'\n", b"# coding: latin-1\nx = ['\xe4']\n"),
        (b"x = 1\n", b""),
        (b"a\n\nb", b"a\n\nb\n\n"),
        (b"--- a.py\n+++ a.py\n@@ -1 +1 @@\n", b"--- a.py\n+++ b.py\n@@ -1 +1 @@\n"),
    ],
    ids=["CRLF", "CRLF, no last", "lone CR", "other separators", "BOM", "latin-1", "emptied", "final newline", "a patch itself"],
)
def test_the_patch_makes_the_new_file(command: list[str], tmp_path: Path, old: bytes, new: bytes) -> None:
    assert patched(command, tmp_path / "in", "app.py", old, unified_diff("app.py", old, new)) == new


@pytest.mark.parametrize("command", TOOLS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from([b"x\n", b"\xff\r\n", b"\r", b"\x0c", b"-\n", b"y", b"\n"]), st.booleans(), st.booleans()))
)
def test_any_patch_makes_the_new_file(command: list[str], tmp_path: Path, pieces: list[tuple[bytes, bool, bool]]) -> None:
    old = b"".join(piece for piece, in_old, _ in pieces if in_old)
    new = b"".join(piece for piece, _, in_new in pieces if in_new)
    if old != new and old:
        shutil.rmtree(tmp_path / "in", ignore_errors=True)
        assert patched(command, tmp_path / "in", "app.py", old, unified_diff("app.py", old, new)) == new


@pytest.mark.skipif(os.name == "nt", reason="names that Windows does not have")
@pytest.mark.parametrize("command", TOOLS)
@pytest.mark.parametrize(
    "name",
    [
        "a b.py",
        "größe.py",
        "tab\t.py",
        'quote".py',
        "back\\slash.py",
        "new\nline.py",
        "\x1b[31m.py",
        "a\u202egpj\u200b.py",
        "\u3164.py",
        "src/x.py",
        "日本/モデル.py",
    ],
)
def test_odd_names_are_found_again(command: list[str], tmp_path: Path, name: str) -> None:
    assert patched(command, tmp_path / "in", name, b"x = 1\n", unified_diff(name, b"x = 1\n", b"x = 2\n")) == b"x = 2\n"


@pytest.mark.parametrize("character", ["\x1b", "\x9b", "\u200b", "\u202e", "\u2028", "\u3164"])
def test_no_name_of_a_patch_can_control_a_terminal_or_hide(character: str) -> None:
    assert character.encode() not in unified_diff(f"a{character}.py", b"x = 1\n", b"x = 2\n")
