"""The questions of examples/warehouse, on the rows that `llmlint audit --rows` writes, against the audit itself."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from llmlint.cli import cli

from .conftest import Write, exchange
from .test_duck import START, exchanges

duckdb = pytest.importorskip("duckdb")
EXAMPLE = Path(__file__).parents[2] / "examples" / "warehouse" / "audit.py"


def audited(path: str, *arguments: str) -> Any:
    result = CliRunner().invoke(
        cli, ["audit", path, "--isolated", "--output-format", "json", *arguments], catch_exceptions=False, standalone_mode=False
    )
    return json.loads(result.stdout)


def test_rows_have_every_call_with_its_dollars(tmp_path: Path, export: Write) -> None:
    path = export([*exchanges(3, 80), exchange(START, "the last", endpoint="it's", cost=0.5)])
    found = audited(path, "--rows", str(tmp_path / "rows.parquet"))
    with duckdb.connect() as connection:
        table = f"read_parquet('{tmp_path}/rows.parquet')"
        row = connection.execute(
            f"SELECT start, stop, endpoint, billed_dollars, dollars FROM {table} WHERE endpoint = 'it''s'"
        ).fetchone()
        count, dollars = connection.execute(f"SELECT count(*), sum(dollars) FROM {table}").fetchone()
        assert [name for name, *_ in connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()] == documented()
    assert (row[1] - row[0]).total_seconds() == 1
    assert row[2:] == ("it's", pytest.approx(0.5), pytest.approx(0.5))
    assert (count, f"{dollars:.6f}") == (found["rows"], found["cost"])


def documented() -> list[str]:
    """The columns that docs/audit.md names, in order."""
    text = (EXAMPLE.parents[2] / "docs" / "audit.md").read_text()
    lines = text[text.index("## Rows") : text.index("## Limitations")].splitlines()
    return [name.strip("` ") for line in lines if line.startswith("| `") for name in line.split("|")[1].split(",")]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_example_answers_as_the_audit(tmp_path: Path, export: Write) -> None:
    ibis = pytest.importorskip("ibis")
    bulk = [
        exchange(START + number * gap, f"{number}", endpoint=name)
        for name, gap in (("a", 1.5), ("b", 0.2))
        for number in range(6)
    ]
    path = export([*exchanges(5, 60), *bulk])
    found = audited(path, "--rows", str(tmp_path / "rows.parquet"))
    example = runpy.run_path(str(EXAMPLE))
    connection = ibis.duckdb.connect()
    asked = example["questions"](connection.read_parquet(str(tmp_path / "rows.parquet")))
    replies = {name: example["rows_of"](connection, expression) for name, expression in asked.items()}
    (prompts,) = replies["distinct system prompts for calls"]
    assert prompts["prompts"] == found["system_prompts"]["distinct"]
    (day,) = replies["largest day"]
    assert (str(day["day"])[:10], f"{day['dollars']:.6f}") == (found["largest_day"]["date"], found["largest_day"]["cost"])
    runs = {(run["kind"], run["calls"]) for run in replies["bulk runs"]}
    assert runs >= {(run["kind"], run["calls"]) for run in found["bursts"]} >= {("serial", 6), ("parallel", 6)}
    for dialect in ("bigquery", "snowflake", "pyspark"):
        for expression in example["questions"](ibis.table(example["SCHEMA"], name="llm_calls")).values():
            assert "llm_calls" in ibis.to_sql(expression, dialect=dialect)


def test_rows_need_duckdb(export: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = CliRunner().invoke(cli, ["audit", export([exchange(START, "x")]), "--rows", "x.parquet", "--isolated"])
    assert result.exit_code == 2
    assert "pip install 'llmlint[audit]'" in result.output
