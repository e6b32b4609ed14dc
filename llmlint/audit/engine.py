"""Which engine makes an audit: pure Python for what fits into memory, DuckDB for more."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from llmlint.audit.figures import Audit
from llmlint.audit.progress import Progress
from llmlint.audit.reading import Reading, read
from llmlint.audit.sites import Site

_LARGE = 50_000_000
"""From so many bytes on, DuckDB is faster than Python and needs less memory."""


class Audited(NamedTuple):
    """What was read, and the audit of it; None where nothing was."""

    reading: Reading
    audit: Audit | None


class RowsError(Exception):
    """Why rows cannot be written."""


def audited(
    exports: Sequence[str], sites: Sequence[Site] | None, *, is_replayed: bool = False, rows: str | None = None
) -> Audited:
    """Read exports and audit them, joined to the call sites of a source where these are given. `rows` is a file to write all rows to. Raises
    RowsError."""
    has_duckdb = importlib.util.find_spec("duckdb") is not None
    if rows is not None and not has_duckdb:
        raise RowsError("--rows needs DuckDB: pip install 'llmlint[audit]'")
    if has_duckdb and (rows is not None or sum(_sizes(exports)) >= _LARGE):
        from llmlint.audit.duck.run import Unfit, audit_by_duckdb

        with Progress() as progress:
            try:
                return Audited(*audit_by_duckdb(exports, sites, is_replayed=is_replayed, progress=progress, rows=rows))
            except Unfit as error:
                if rows is not None:
                    raise RowsError(f"{rows}: {error}") from error
    from llmlint.audit.summary import audit

    reading = read(exports)
    return Audited(reading, audit(reading, sites, is_replayed=is_replayed) if reading.rows else None)


def _sizes(paths: Sequence[str]) -> Iterator[int]:
    for path in paths:
        if os.path.isdir(path):
            for folder, _, names in os.walk(path):
                yield from (os.path.getsize(file) for name in names if os.path.isfile(file := os.path.join(folder, name)))
        elif os.path.isfile(path):
            yield os.path.getsize(path)
