"""The files of fixtures/, and runs over one of them: for the tests of rules, and of what `link` and `providers` determine."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path

import pytest

from llmlint.config.settings import SettingsResolver
from llmlint.rules.registry import known_rules
from llmlint.run.engine import Run

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
TODAY = datetime.date(2026, 11, 23)

_SUFFIXES = (".py", ".pyi", ".ipynb")


def fixtures_below(folder: Path) -> list[Path]:
    """The fixtures in a folder: files, and folders of files that belong together."""
    return sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES or (path.is_dir() and any(path.glob("*.py"))))


RULE_FIXTURES = [path for folder in sorted((FIXTURES / "rules").iterdir()) for path in fixtures_below(folder)]
SILENT_FIXTURES = fixtures_below(FIXTURES / "silent")


def name_of(path: Path) -> str:
    return path.relative_to(FIXTURES).as_posix()


def run_over(path: Path, codes: Iterable[str] | None, min_confidence: str = "low") -> Run:
    """A run over one fixture, with the current folder as the fixture's; the default rules where no codes are given."""
    overrides: dict[str, object] = {"min-confidence": min_confidence}
    if codes is not None:
        overrides["select"] = sorted(codes)
    run = Run.of_paths([path.name], SettingsResolver(".", overrides, True, known=known_rules()), known_rules())
    run.today = TODAY
    return run


@pytest.fixture
def in_folder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fixture, whose folder is the current one in the test."""
    path: Path = request.param
    monkeypatch.chdir(path.parent)
    return path
