"""Each module that a fix can write: as one would write it by hand, whatever parts it has."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmlint.fixes.apply import check_fixed
from llmlint.fixes.batch.parts import PARTS, assembled, without_regions

ROOT = Path(__file__).parents[2]
SDKS = (
    ("anthropic",),
    ("openai",),
    ("openai", "module"),
    ("legacy",),
    ("anthropic", "legacy"),
    ("openai", "module", "legacy"),
    ("anthropic", "openai"),
    ("anthropic", "prefixes"),
    ("anthropic", "openai", "prefixes"),
)
DRIVERS = [each for count in (1, 2, 3) for each in itertools.combinations(("map", "pool", "scope"), count)]
DRIVERS += [("map", "order"), ("map", "order", "pool", "scope")]
MOST_LINES = 485
RUFF = """\
extend = "{}"
line-length = 88

[lint.pycodestyle]
max-line-length = 88
"""


def variants() -> Iterator[frozenset[str]]:
    return (frozenset((*sdks, *drivers)) for sdks in SDKS for drivers in DRIVERS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for parts in variants():
        (tmp_path / f"batches_{'_'.join(sorted(parts))}.py").write_text(assembled(parts))
    return tmp_path


def test_each_is_formatted_and_without_faults(folder: Path) -> None:
    """By the defaults of ruff and black in line length and quotes, and all rules that this project has."""
    (folder / "ruff.toml").write_text(RUFF.format(ROOT / "pyproject.toml"))
    for arguments in (["format", "--check"], ["check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, "--no-cache", str(folder)], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout


def test_each_passes_strict_type_checking(folder: Path) -> None:
    pytest.importorskip("mypy")
    options = ["--strict", "--follow-imports=skip", "--config-file=", f"--cache-dir={folder / 'cache'}", "--python-version=3.10"]
    done = subprocess.run([sys.executable, "-m", "mypy", *options, "."], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_a_module_for_one_sdk_and_one_way_is_short() -> None:
    for sdk in ("anthropic", "openai"):
        for driver in ("map", "pool", "scope"):
            assert len(assembled(frozenset({sdk, driver})).splitlines()) <= MOST_LINES


def test_it_holds_nothing_of_other_parts() -> None:
    assert "openai" not in assembled(frozenset({"anthropic", "map"})).lower()
    assert not re.search(r"(?<!x-)anthropic", assembled(frozenset({"openai", "scope"})).lower().replace("anthropic-", ""))
    assert "async" not in assembled(frozenset({"anthropic", "openai", "map", "pool", "prefixes"}))
    assert not re.search(r"^(import|from) (anthropic|openai)", "".join(map(assembled, variants())), re.MULTILINE), (
        "it may be optional"
    )
    assert "# part" not in "".join(map(assembled, variants()))
    assert without_regions(PARTS).count("class ") == assembled(frozenset(PARTS)).count("class ")


def test_a_module_with_more_parts_keeps_the_comments() -> None:
    """Or the fix that adds them would be refused."""
    for parts in list(variants())[::6]:
        for part in PARTS:
            assert check_fixed(assembled(parts), assembled(parts | {part})) is None
