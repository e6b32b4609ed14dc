"""Lint a table of repositories with PySpark: one row a file in, one row a finding out.

    python lint_table.py IN.parquet OUT.parquet [--min-confidence low|medium|high]

The input has the columns `repo` (string), `path` (string, from the root of the repository, with `/`) and `content` (binary), and all files of
each repository that may matter. README.md beside this file says how it is run on a cluster, and what it costs.
"""

from __future__ import annotations

import argparse
import datetime
import json
import pickle
import re
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from llmlint.api import link, may_hold_call, scan_source
from llmlint.config.settings import DEFAULT_EXCLUDE

PYTHON = r"\.(py|pyi|ipynb)$"
VENDORED = "(^|/)(" + "|".join(map(re.escape, DEFAULT_EXCLUDE)) + ")(/|$)"
MOST_TEXT_BYTES = 1_000_000
"""Larger files that are not Python are data, and no prompts."""

FINDINGS = """
    repo string, code string, name string, message string, path string, cell int,
    start_line int, start_column int, end_line int, end_column int,
    call_path string, call_line int, confidence string, saving_now double, saving_after double, fix string,
    document string
"""
"""One row a finding. `saving_…` are USD per 1,000 calls, `fix` is the level of the fix, `document` is the whole finding as JSON
(docs/contracts.md)."""


def lint_table(files: DataFrame, *, min_confidence: str = "medium", today: datetime.date | None = None) -> DataFrame:
    """The findings in a table of files, in no order. `today` is the day against which retirement dates count."""
    files = files.where(~F.col("path").rlike(VENDORED) & (F.col("path").rlike(PYTHON) | (F.length("content") <= MOST_TEXT_BYTES)))
    # Nearly all repositories hold no call: a look at the bytes, without a shuffle, leaves the others out of every expensive step.
    calling = files.where(F.col("path").rlike(PYTHON)).mapInArrow(repositories_with_calls, "repo string").distinct()
    # Scanning is for each file by itself, so that a large repository is the work of many processes.
    scanned = files.join(F.broadcast(calling), "repo", "left_semi").mapInArrow(scan_files, "repo string, facts binary")
    return scanned.groupBy("repo").applyInPandas(linker(min_confidence, today or datetime.date.today()), FINDINGS)


def repositories_with_calls(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The repositories of the files that can hold an LLM call, once a batch."""
    for batch in batches:
        pairs = zip(batch.column("repo").to_pylist(), batch.column("content"), strict=True)
        found = dict.fromkeys(repo for repo, content in pairs if may_hold_call(content.as_py()))
        yield pa.RecordBatch.from_pydict({"repo": pa.array(found, pa.string())})


def scan_files(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The facts of each file. They are pickled, which is safe here: only this job reads what it has written itself."""
    for batch in batches:
        for repo, path, content in zip(*(batch.column(name) for name in ("repo", "path", "content")), strict=True):
            facts = pickle.dumps(scan_source(content.as_py(), path.as_py()), pickle.HIGHEST_PROTOCOL)
            yield pa.RecordBatch.from_pydict({"repo": pa.array([repo.as_py()]), "facts": pa.array([facts], pa.binary())})


def linker(min_confidence: str, today: datetime.date) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """A function that makes the findings of one repository from the facts of its files."""

    def link_repository(rows: pd.DataFrame) -> pd.DataFrame:
        repo = rows["repo"].iloc[0]
        facts = [pickle.loads(each) for each in rows["facts"]]
        found = link(facts, min_confidence=min_confidence, today=today, name=repo.rpartition("/")[2])
        return pd.DataFrame([row_of(repo, finding) for finding in found], columns=COLUMNS)

    return link_repository


def row_of(repo: str, finding: dict[str, Any]) -> tuple[Any, ...]:
    saving, fix = finding["saving"] or {}, finding["fix"] or {}
    return (
        *(repo, finding["code"], finding["name"], finding["message"], finding["path"], finding["cell"]),
        *(finding[end][part] for end in ("start", "end") for part in ("line", "column")),
        *(finding["call"]["path"], finding["call"]["line"], finding["confidence"]),
        *(saving.get("now"), saving.get("after"), fix.get("applicability")),
        json.dumps(finding),
    )


COLUMNS = re.findall(r"(\w+) (?:string|int|double)", FINDINGS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input")
    parser.add_argument("output")
    parser.add_argument("--min-confidence", choices=("low", "medium", "high"), default="medium")
    options = parser.parse_args()
    # Rows are whole files: fewer of them fit into a batch than Spark assumes.
    spark = SparkSession.builder.appName("llmlint").config("spark.sql.execution.arrow.maxRecordsPerBatch", "256").getOrCreate()
    lint_table(spark.read.parquet(options.input), min_confidence=options.min_confidence).write.parquet(options.output)
    spark.stop()


if __name__ == "__main__":
    main()
