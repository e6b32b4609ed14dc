"""Thresholds of the settings, as the rules see them."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmlint.config.settings import SettingsResolver
from llmlint.rules.registry import known_rules
from llmlint.run.engine import Run

PROGRAM = """
import anthropic
client = anthropic.Anthropic()
def ask(text):
    return client.messages.create(model="claude-haiku-5-5", max_tokens=9, messages=[{"role": "user", "content": text}])
for word in ("one", "two", "three"):
    ask(word)
"""


@pytest.mark.parametrize(("least", "count"), [(2, 1), (3, 1), (4, 0)])
def test_min_fan_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, least: int, count: int) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.py").write_text(PROGRAM)
    settings = SettingsResolver(".", {"thresholds": {"min-fan-out": least}, "select": ["LLM3"]}, True, known=known_rules())
    assert len(Run.of_paths(["a.py"], settings, known_rules()).lint().findings) == count
