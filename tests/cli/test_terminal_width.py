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

from pseudo_terminal import on_terminal

DEMO = Path(__file__).resolve().parents[2] / "fixtures" / "demo"


def lines_on_terminal(columns: int, *arguments: str) -> list[str]:
    """The lines that a command writes to a terminal, without colours."""
    written = on_terminal(DEMO, columns, arguments, {**os.environ, "TERM": "xterm"})
    return re.sub(r"\x1b\[[\d;]*m", "", written).splitlines()


@pytest.mark.parametrize(
    "arguments",
    [("check", "--no-cache", "-v"), ("sites",), ("rule", "LLM101"), ("rule", "LLM301"), ("catalog",), ("config", "select")],
    ids=" ".join,
)
def test_lines_fit_a_terminal_of_80_columns(arguments: tuple[str, ...]) -> None:
    lines = lines_on_terminal(80, *arguments)
    assert len(lines) > 2
    # Code is not broken, nor is an address.
    assert [line for line in lines if len(line) > 80 and not line.startswith("    ") and "https://" not in line] == []


def test_paragraphs_of_documentation_use_the_width() -> None:
    lines = lines_on_terminal(80, "rule", "LLM101")
    prose = [line for line in lines if len(line) > 60]
    assert len(prose) > len(lines) / 2


def test_further_lines_of_evidence_are_indented() -> None:
    lines = lines_on_terminal(80, "check", "--no-cache", "-v")
    first = next(index for index, line in enumerate(lines) if line.startswith("    claude-opus-5-5: $"))
    assert lines[first + 1].startswith("      ")


def test_a_pipe_gets_lines_as_they_are() -> None:
    command = [sys.executable, "-m", "llmlint", "sites"]
    lines = subprocess.run(
        command, cwd=DEMO, capture_output=True, text=True, env={**os.environ, "COLUMNS": "80"}
    ).stdout.splitlines()
    assert len(lines) == 3
    assert any(len(line) > 80 for line in lines)
