"""The table of rows of an audit, in a database on disk that is removed afterwards."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llmlint.audit.join import Join
from llmlint.audit.rows import Row

if TYPE_CHECKING:
    import duckdb

_MEMORY = "500MB"
"""What DuckDB may use before it writes to disk; Python and what DuckDB does not count come on top."""

COLUMNS: Mapping[str, str] = {
    "file": "SMALLINT",
    "start": "DOUBLE",
    "stop": "DOUBLE",
    "model": "VARCHAR",
    "tier": "VARCHAR",
    "input": "BIGINT",
    "read": "BIGINT",
    "write_5m": "BIGINT",
    "write_1h": "BIGINT",
    "output": "BIGINT",
    "calls": "BIGINT",
    "billed": "BIGINT",
    "endpoint": "VARCHAR",
    "key": "VARCHAR",
    "path": "VARCHAR",
    "line": "INTEGER",
    "function": "VARCHAR",
    "prompt_name": "VARCHAR",
    "max_tokens": "BIGINT",
    "tools": "VARCHAR",
    "texts": "VARCHAR",
    "system": "VARCHAR",
    "prefix": "VARCHAR",
    "chain": "VARCHAR[]",
    "prefix_tokens": "BIGINT",
    "tools_digest": "VARCHAR",
    "tools_chars": "BIGINT",
    "chars": "BIGINT",
    "ends": "BIGINT[]",
    "has_prompt": "BOOLEAN",
    "is_bucket": "BOOLEAN",
    "is_cost_only": "BOOLEAN",
    "has_cache_columns": "BOOLEAN",
    "format": "VARCHAR",
    "id": "VARCHAR",
}
"""One row a call (or a bucket of calls), as `audit.rows.Row`.

`texts` and `tools` are lists joined by commas. `system` is the digest of the system prompt, NULL where it is empty; `prefix` that of tools and system
prompt, empty without these. `chain` are the digests of the messages from the first up to each, `ends` the prompt tokens up to the end of each.
"""

DIGITS = 12
"""Amounts are whole numbers of 1e-12 USD: list prices of a token are."""

_AMOUNTS = {"billed": "billed_dollars", "cost": "computed_dollars", "now": "dollars"}
# Columns of the view `priced` that only the analysis needs.
_INNER = (
    "file", "texts", "chain", "ends", "slow", "billed", "call", "number", "is_premium", "minimum", "price", "sent", "cost", "now", "plain",
    "as_batch", "plain_batch",
)  # fmt: skip
# To compress these costs more than to write them.
_UNIQUE = frozenset({"id", "slow"})
_BATCH = 50_000
_ARRAYS = frozenset({"chain", "ends"})


class Store:
    """The rows of one audit. `join` says which known texts a prompt has. Close it, which removes the database."""

    def __init__(self, join: Join) -> None:
        import duckdb

        self.join = join
        self.folder = tempfile.mkdtemp(prefix="llmlint-audit-")
        self.connection: duckdb.DuckDBPyConnection = duckdb.connect(os.path.join(self.folder, "rows.duckdb"))
        self._pending: list[str] = []
        self.execute(f"SET memory_limit = '{_MEMORY}'")
        self.execute(f"SET temp_directory = {quoted(self.folder)}")
        self.execute("SET preserve_insertion_order = false")
        # Progress is only counted where it would be printed.
        self.execute("SET enable_progress_bar = true")
        self.execute("SET enable_progress_bar_print = false")
        columns = ", ".join(
            f"{name} {kind}{' USING COMPRESSION uncompressed' if name in _UNIQUE else ''}"
            for name, kind in {**COLUMNS, "slow": "VARCHAR"}.items()
        )
        self.execute(f"CREATE TABLE rows ({columns})")

    def execute(self, sql: str, values: Sequence[Any] = ()) -> duckdb.DuckDBPyConnection:
        return self.connection.execute(sql, values) if values else self.connection.execute(sql)

    def value(self, sql: str) -> Any:
        """The first value of the first row."""
        found = self.execute(sql).fetchone()
        return found[0] if found is not None else None

    def share(self) -> float:
        """How much of the present query is done, in percent."""
        return float(self.connection.query_progress())

    def add(self, file: int, format: str, row: Row) -> None:
        """Take a row that an adapter made."""
        self._pending.append(json.dumps(_values(file, format, row, self.join)))
        if len(self._pending) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write the rows that are taken but not in the table yet."""
        if not self._pending:
            return
        path = os.path.join(self.folder, "pending.json")
        with open(path, "w", encoding="utf-8", errors="surrogatepass") as file:
            file.write("\n".join(self._pending))
        self._pending.clear()
        columns = ", ".join(f"'{name}': '{_written(name)}'" for name in COLUMNS)
        chosen = ", ".join(f"CAST({name} AS {kind})" for name, kind in COLUMNS.items())
        source = f"read_json({quoted(path)}, format = 'newline_delimited', columns = {{{columns}}})"
        self.execute(f"INSERT INTO rows SELECT {chosen}, NULL FROM {source}")

    def write(self, path: str) -> None:
        """Write the rows as Parquet, with times and dollars as such; docs/audit.md has the columns."""
        moments = ", ".join(
            f"CAST(make_timestamp(CAST(round({name} * 1e6) AS BIGINT)) AS TIMESTAMP) AS {name}" for name in ("start", "stop")
        )
        amounts = ", ".join(
            f"CAST(CAST({each} AS DECIMAL(38,0)) / 1e12 AS DECIMAL(18,12)) AS {name}" for each, name in _AMOUNTS.items()
        )
        self.execute(
            f"COPY (SELECT {moments}, * EXCLUDE (start, stop, {', '.join(_INNER)}), {amounts} FROM priced) TO {quoted(path)} (FORMAT parquet)"
        )

    def close(self) -> None:
        self.connection.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _written(name: str) -> str:
    return "VARCHAR[]" if name in _ARRAYS else COLUMNS[name]


def _values(file: int, format: str, row: Row, join: Join) -> dict[str, Any]:
    prompt, location, tokens = row.prompt, row.location, row.tokens
    found: dict[str, Any] = {
        "file": file,
        "start": row.start,
        "stop": row.end,
        "model": row.model,
        "tier": row.tier,
        **tokens._asdict(),
        "calls": row.calls,
        "billed": None if row.billed is None else int(row.billed.scaleb(DIGITS)),
        "endpoint": row.endpoint,
        "key": row.key,
        "prompt_name": row.prompt_name,
        "max_tokens": row.max_tokens,
        "has_prompt": prompt is not None,
        "is_bucket": row.is_bucket,
        "is_cost_only": row.is_cost_only,
        "has_cache_columns": row.has_cache_columns,
        "format": format,
        "id": row.id,
    }
    if location is not None:
        found |= {"path": location.path, "line": location.line, "function": location.function}
    if prompt is not None:
        found |= {
            "tools": ",".join(sorted(prompt.tool_names)) or None,
            "texts": ",".join(map(str, join.texts_in(prompt))) or None,
            "system": prompt.system.digest if prompt.system.chars else None,
            "prefix": prompt.prefix,
            "chain": prompt.chain(),
            "prefix_tokens": prompt.tokens_through(0, tokens.prompt),
            "tools_digest": prompt.tools.digest if prompt.tools.chars else None,
            "tools_chars": prompt.tools.chars,
            "chars": prompt.chars,
            "ends": list(map(str, prompt.ends(tokens.prompt))),
        }
    return found
