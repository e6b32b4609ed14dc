"""The questions of an audit, on a warehouse: `python examples/warehouse/audit.py --dialect snowflake` prints them as SQL.

For more calls than one machine should read. The expressions are Ibis ones over a table of rows (docs/audit.md, "Rows"), so that the same code
runs on DuckDB, BigQuery, Snowflake, Spark SQL and others. `--rows FILE` runs them on rows that `llmlint audit --rows FILE` wrote.

Needs `pip install 'ibis-framework[duckdb]'`. To run them elsewhere:

    connection = ibis.snowflake.connect(...)        # or ibis.bigquery.connect(...), ibis.pyspark.connect(...)
    for name, expression in questions(connection.table("llm_calls")).items():
        print(name, connection.execute(expression))
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import ibis
from ibis import _

GAP_MILLISECONDS, MIN_BURST = 2_000, 4
DIALECTS = ("duckdb", "bigquery", "snowflake", "pyspark", "databricks", "trino", "postgres")

SCHEMA = ibis.schema(
    {
        "start": "timestamp",
        "stop": "timestamp",
        "model": "string",
        "tier": "string",
        "endpoint": "string",
        "input": "int64",
        "read": "int64",
        "write_5m": "int64",
        "write_1h": "int64",
        "output": "int64",
        "calls": "int64",
        "dollars": "decimal(18, 12)",
        "system": "string",
        "prefix": "string",
        "max_tokens": "int64",
        "id": "string",
    }
)
"""What the questions need of the rows; a view over a table of your own does as well."""


def questions(rows: ibis.Table) -> Mapping[str, ibis.Table]:
    """Expressions by name, over a table with the columns of `SCHEMA`."""
    sent = _.input + _.read + _.write_5m + _.write_1h
    prompts = rows.filter(_.system.notnull())
    return {
        "distinct system prompts for calls": prompts.aggregate(prompts=_.system.nunique(), calls=_.count()),
        "largest model and endpoint pairs": (
            rows.group_by("model", "endpoint")
            .aggregate(calls=_.calls.sum(), dollars=_.dollars.sum())
            .order_by(ibis.desc("dollars"), "model", "endpoint")
            .limit(5)
        ),
        "largest day": (
            rows.group_by(day=_.start.date())
            .aggregate(calls=_.calls.sum(), dollars=_.dollars.sum())
            .order_by(ibis.desc("dollars"))
            .limit(1)
        ),
        "hit rate by prefix": (
            rows.filter(_.prefix.notnull() & (_.prefix != ""))
            .group_by("model", "prefix")
            .aggregate(
                calls=_.count(),
                read=_.read.sum(),
                written=(_.write_5m + _.write_1h).sum(),
                sent=sent.sum(),
                dollars=_.dollars.sum(),
            )
            .filter(_.calls > 1)
            .mutate(hit_rate=_.read / _.sent)
            .order_by(ibis.desc("dollars"), "model", "prefix")
        ),
        "bulk runs": bulk_runs(rows),
    }


def milliseconds(time: ibis.Deferred) -> ibis.Deferred:
    """Milliseconds since 1970."""
    return time.epoch_seconds() * 1000 + time.millisecond()


def bulk_runs(rows: ibis.Table) -> ibis.Table:
    """Calls of one origin that follow each other at once, by the rule of `llmlint.audit.traffic`; conversations are not left out here."""
    origin = ["endpoint", "model", "prefix", "max_tokens"]
    timed = rows.filter(_.start.notnull() & _.stop.notnull() & (_.tier == "standard"))
    timed = timed.mutate(begins=milliseconds(_.start), ends=milliseconds(_.stop))
    of_origin = {"group_by": origin, "order_by": ["start", "stop", "id"]}
    ordered = timed.mutate(
        earlier_end=_.ends.max().over(ibis.window(**of_origin, preceding=(None, 1))),
        previous_end=_.ends.lag().over(ibis.window(**of_origin)),
    )
    ordered = ordered.mutate(is_first=(_.earlier_end.isnull() | (_.begins - _.earlier_end > GAP_MILLISECONDS)).cast("int64"))
    runs = ordered.mutate(
        run=_.is_first.sum().over(ibis.window(**of_origin, preceding=None, following=0)),
        follows=((_.is_first == 0) & (_.begins >= _.previous_end)).cast("int64"),
    )
    return (
        runs.group_by(*origin, "run")
        .aggregate(start=_.start.min(), calls=_.count(), dollars=_.dollars.sum(), follows=_.follows.sum())
        .filter(_.calls >= MIN_BURST)
        .mutate(kind=ibis.ifelse(_.follows * 2 >= _.calls - 1, "serial", "parallel"))
        .order_by(ibis.desc("dollars"), "start")
    )


def rows_of(connection: ibis.BaseBackend, expression: ibis.Table) -> list[dict[str, object]]:
    """The rows of an expression on DuckDB."""
    found = connection.raw_sql(connection.compile(expression))
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--dialect", choices=DIALECTS, default="bigquery")
    parser.add_argument("--rows", help="run on the rows that `llmlint audit --rows FILE` wrote, instead")
    options = parser.parse_args()
    if options.rows is not None:
        connection = ibis.duckdb.connect()
        for name, expression in questions(connection.read_parquet(options.rows)).items():
            print(f"-- {name}", *rows_of(connection, expression)[:10], "", sep="\n")
        return
    for name, expression in questions(ibis.table(SCHEMA, name="llm_calls")).items():
        print(f"-- {name}\n{ibis.to_sql(expression, dialect=options.dialect)};\n")


if __name__ == "__main__":
    main()
