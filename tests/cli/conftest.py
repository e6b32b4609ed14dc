"""llmlint as a user runs it: a process of its own in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

HANDBOOK = "Answer from this handbook, and from nothing else. " * 200

LEAK = f'''\
"""Answers questions."""

import anthropic

client = anthropic.Anthropic()
BOOK = "{HANDBOOK}"


def answer(question):
    # Für Grüße
    return client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=300,
        system=BOOK,  # all
        messages=[{{"role": "user", "content": question}}],
    )
'''

LEAK_FIXED_LINE = 'system=[{"type": "text", "text": BOOK, "cache_control": {"type": "ephemeral"}}],  # all'


@dataclass(frozen=True)
class Outcome:
    """The exit code, and what was printed: `raw` is standard output to the byte, `out` its text."""

    code: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        return self.raw.decode(errors="replace")


Llmlint = Callable[..., Outcome]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder in which llmlint runs; no configuration lies above it."""
    inner = tmp_path / "project"
    inner.mkdir()
    return inner


@pytest.fixture
def leak() -> str:
    """A program with one finding, LLM101 in line 6, which has a safe fix."""
    return LEAK


@pytest.fixture
def leak_fixed() -> str:
    return LEAK.replace("system=BOOK,  # all", LEAK_FIXED_LINE)


@pytest.fixture
def llmlint(folder: Path) -> Llmlint:
    """Runs llmlint in the folder. Whatever happens, it must not show a traceback."""

    def run(*arguments: str, stdin: bytes | None = None, env: dict[str, str] | None = None) -> Outcome:
        clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "TERM")}
        result = subprocess.run(
            [sys.executable, "-m", "llmlint", *arguments],
            cwd=folder,
            input=stdin if stdin is not None else b"",
            capture_output=True,
            timeout=120,
            env={**clean, "PYTHONUTF8": "1", **(env or {})},
        )
        outcome = Outcome(result.returncode, result.stdout, result.stderr.decode())
        assert "Traceback" not in outcome.out + outcome.err
        assert "internal error" not in outcome.err
        return outcome

    return run
