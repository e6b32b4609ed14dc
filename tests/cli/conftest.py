"""llmlint as a user runs it: a process of its own in a folder of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from metered.runner import Command, Outcome, in_new_interpreter

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


ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "TERM")},
    "PYTHONUTF8": "1",
}

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
def llmlint(folder: Path, command: Command) -> Llmlint:
    """Runs llmlint in the folder. Whatever happens, it must not show a traceback."""

    def run(*arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Outcome:
        is_for_python = any(name.startswith("PYTHON") for name in env or ())
        way = in_new_interpreter if is_for_python else command
        return _sound(way(folder, *arguments, stdin=stdin, env={**ENVIRONMENT, **(env or {})}))

    return run


@pytest.fixture
def new_llmlint(folder: Path) -> Llmlint:
    """The same with a Python that is started for it, for what happens up to the first line of llmlint."""
    return lambda *arguments: _sound(in_new_interpreter(folder, *arguments, env=ENVIRONMENT))


def _sound(outcome: Outcome) -> Outcome:
    assert "Traceback" not in outcome.out + outcome.err
    assert "internal error" not in outcome.err
    return outcome
