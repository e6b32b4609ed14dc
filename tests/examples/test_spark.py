"""The example in examples/spark finds in a table what the command line finds in folders. Skipped where PySpark is not installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyspark")
pytest.importorskip("pandas")
pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "examples" / "spark" / "lint_table.py"

REPOSITORIES = {
    "acme/demo": ROOT / "fixtures" / "demo",
    "acme/rules": ROOT / "fixtures" / "rules",
    "acme/silent": ROOT / "fixtures" / "silent",
    "acme/docs": ROOT / "docs",
}

Lint = Callable[..., list[dict[str, Any]]]


def rows_of(repo: str, folder: Path) -> Iterator[tuple[str, str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield repo, path.relative_to(folder).as_posix(), path.read_bytes()


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table in three files, over which the files of each repository are spread."""
    rows = [row for repo, folder in REPOSITORIES.items() for row in rows_of(repo, folder)]
    leak = next(content for repo, path, content in rows if (repo, path) == ("acme/demo", "triage.py"))
    rows += [
        ("acme/vendor", "node_modules/x/triage.py", leak),
        ("acme/broken", "a.py", leak + b"def (:\n"),
        ("acme/empty", "a.py", b""),
    ]
    folder = tmp_path_factory.mktemp("table")
    for number in range(3):
        columns = zip(*rows[number::3], strict=True)
        data = dict(zip(("repo", "path", "content"), map(list, columns), strict=True))
        pq.write_table(pa.table(data), folder / f"{number}.parquet")
    return folder


@pytest.fixture(scope="module")
def lint(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Lint:
    """The rows that the example writes, in a local session of its own."""

    def run(*arguments: str) -> list[dict[str, Any]]:
        out = tmp_path_factory.mktemp("out") / "findings.parquet"
        submit = "--master local[2] --conf spark.ui.enabled=false --conf spark.sql.shuffle.partitions=3 pyspark-shell"
        environment = {
            **os.environ,
            "PYSPARK_SUBMIT_ARGS": submit,
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_PYTHON": sys.executable,
        }
        command = [sys.executable, str(SCRIPT), str(table), str(out), *arguments]
        result = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
        assert result.returncode == 0, result.stderr[-4000:]
        rows: list[dict[str, Any]] = pq.read_table(out).to_pylist()
        return rows

    return run


def expected(folder: Path) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "llmlint", "--isolated", "--no-cache", "--output-format", "json", "."]
    result = subprocess.run(command, cwd=folder, capture_output=True)
    found: list[dict[str, Any]] = json.loads(result.stdout)["findings"]
    return found


def test_a_table_gives_what_folders_give(lint: Lint) -> None:
    rows = lint()
    by_repo: dict[str, list[dict[str, Any]]] = {repo: [] for repo in REPOSITORIES}
    for row in rows:
        by_repo[row["repo"]].append(json.loads(row["document"]))
    for repo, folder in REPOSITORIES.items():
        assert sorted(map(json.dumps, by_repo[repo])) == sorted(map(json.dumps, expected(folder))), repo
    assert len(by_repo["acme/demo"]) == 3
    assert len(by_repo["acme/rules"]) > 200


def test_columns_say_what_the_document_says(lint: Lint) -> None:
    rows = lint("--min-confidence", "high")
    assert {row["confidence"] for row in rows} == {"high"}
    for row in rows:
        finding = json.loads(row["document"])
        for name in ("code", "name", "message", "path", "cell", "confidence"):
            assert row[name] == finding[name]
        for end in ("start", "end"):
            assert {"line": row[f"{end}_line"], "column": row[f"{end}_column"]} == finding[end]
        assert (row["call_path"], row["call_line"]) == (finding["call"]["path"], finding["call"]["line"])
        saving = finding["saving"] or {"now": None, "after": None}
        assert (row["saving_now"], row["saving_after"]) == (saving["now"], saving["after"])
        assert row["fix"] == (finding["fix"] and finding["fix"]["applicability"])
