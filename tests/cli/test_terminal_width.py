"""What commands print on a terminal: lines that it has room for. In a pipe lines are as long as they are."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("needs pseudo-terminals", allow_module_level=True)

import fcntl
import pty
import struct
import termios

DEMO = Path(__file__).resolve().parents[2] / "fixtures" / "demo"


def on_terminal(columns: int, *arguments: str) -> list[str]:
    """The lines that a command writes to a terminal, without colours."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR")} | {"TERM": "xterm"}
    command = [sys.executable, "-P", "-m", "llmlint", *arguments]
    with subprocess.Popen(command, cwd=DEMO, stdin=its, stdout=its, stderr=its, env=environment):
        os.close(its)
        written = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # The command has ended.
                break
            if not piece:
                break
            written += piece
    os.close(ours)
    return re.sub(r"\x1b\[[\d;]*m", "", written.decode().replace("\r\n", "\n")).splitlines()


@pytest.mark.parametrize(
    "arguments",
    [("check", "--no-cache", "-v"), ("sites",), ("rule", "LLM101"), ("rule", "LLM301"), ("catalog",), ("config", "select")],
    ids=" ".join,
)
def test_lines_fit_a_terminal_of_80_columns(arguments: tuple[str, ...]) -> None:
    lines = on_terminal(80, *arguments)
    assert len(lines) > 2
    # Code is not broken, nor is an address.
    assert [line for line in lines if len(line) > 80 and not line.startswith("    ") and "https://" not in line] == []


def test_paragraphs_of_documentation_use_the_width() -> None:
    lines = on_terminal(80, "rule", "LLM101")
    prose = [line for line in lines if len(line) > 60]
    assert len(prose) > len(lines) / 2


def test_further_lines_of_evidence_are_indented() -> None:
    lines = on_terminal(80, "check", "--no-cache", "-v")
    first = next(index for index, line in enumerate(lines) if line.startswith("    claude-opus-5-5: $"))
    assert lines[first + 1].startswith("      ")


def test_a_pipe_gets_lines_as_they_are() -> None:
    command = [sys.executable, "-P", "-m", "llmlint", "sites"]
    lines = subprocess.run(
        command, cwd=DEMO, capture_output=True, text=True, env={**os.environ, "COLUMNS": "80"}
    ).stdout.splitlines()
    assert len(lines) == 3
    assert any(len(line) > 80 for line in lines)
