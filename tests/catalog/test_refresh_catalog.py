"""The script that makes the table: what is shipped is what it makes, and it notices stale and edited tables."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "refresh_catalog.py"
SHIPPED = ROOT / "llmlint" / "catalog" / "models.json"

pytest.importorskip("genai_prices", reason="needs the price list, which needs Python 3.11")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False)


def test_the_shipped_table_is_fresh() -> None:
    done = run("--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_writing_makes_the_shipped_table_byte_for_byte(tmp_path: Path) -> None:
    table = tmp_path / "models.json"
    done = run("--table", str(table))
    assert done.returncode == 0, done.stderr
    assert table.read_bytes() == SHIPPED.read_bytes()


def test_an_edited_figure_is_noticed_and_left_alone(tmp_path: Path) -> None:
    table = tmp_path / "models.json"
    text = SHIPPED.read_text(encoding="utf-8")
    edited = text.replace('"input": 4.0', '"input": 3.0', 1)
    assert edited != text
    table.write_text(edited, encoding="utf-8")
    done = run("--check", "--table", str(table))
    assert done.returncode == 1
    assert "stale or was edited by hand" in done.stderr
    assert table.read_text(encoding="utf-8") == edited


def test_a_missing_table_is_noticed(tmp_path: Path) -> None:
    done = run("--check", "--table", str(tmp_path / "models.json"))
    assert done.returncode == 1
    assert not (tmp_path / "models.json").exists()


def test_the_table_says_how_it_was_made() -> None:
    table = json.loads(SHIPPED.read_text(encoding="utf-8"))
    assert table["generated"].startswith("Made by scripts/refresh_catalog.py from genai-prices ")
    assert table["sources"]["prices"].endswith(table["date"])
