"""From large files to the rows of a store: lines of common shape by SQL, all others by the adapters in Python."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from llmlint.audit.duck.extraction import MACROS
from llmlint.audit.duck.lanes import LANES, insertion
from llmlint.audit.duck.store import Store, quoted
from llmlint.audit.formats.base import Format
from llmlint.audit.progress import Progress
from llmlint.audit.reading import Reading, Source, format_of, opened, read_file, read_records, records_of
from llmlint.audit.rows import Row

_PAGE = 5_000
_START = 4_096


@dataclass
class Loading(Reading):
    """A reading whose rows are in a store."""

    store: Store = field(kw_only=True)
    progress: Progress = field(kw_only=True)

    def __post_init__(self) -> None:
        for macro in MACROS:
            self.store.execute(macro)

    def add(self, source: Source, format: Format, row: Row) -> None:
        source.rows += 1
        self.store.add(self._number(source), format.name, row)

    def _number(self, source: Source) -> int:
        return self._numbers.setdefault(source.path, len(self._numbers))

    _numbers: dict[str, int] = field(default_factory=dict, repr=False)

    def read(self, path: str, source: Source) -> None:
        self.progress.say(f"reading {path}", self.store.share)
        if not self._read_by_lane(path, source) and not self._read_list(path, source):
            read_file(path, source, self)
        self.store.flush()

    def _read_by_lane(self, path: str, source: Source) -> bool:
        """Read JSON lines by SQL; False where the file has no lane, or DuckDB cannot read it."""
        import duckdb

        first = _first(path)
        format = format_of(first) if first is not None else None
        if format is None or format.name not in LANES:
            return False
        lines = f"read_ndjson_objects({quoted(path)}, ignore_errors = true, compression = {_compression(path)})"
        file = self._number(source)
        try:
            self.store.execute(insertion(format.name, lines, file, self.store.join))
        except duckdb.Error:
            self.store.execute(f"DELETE FROM rows WHERE file = {file}")
            return False
        source.formats.append(format)
        source.rows += self.store.value(f"SELECT count(*) FROM rows WHERE file = {file} AND slow IS NULL")
        damaged = self.store.value("SELECT count(*) FROM rows WHERE slow = ''")
        if damaged:
            read_records(self._damaged(path, lines), source, self)
        read_records(self._slow(), source, self)
        self.store.execute("DELETE FROM rows WHERE slow IS NOT NULL")
        return True

    def _read_list(self, path: str, source: Source) -> bool:
        """Read a JSON list element by element, which Python can only read as a whole; False where the file is none, or is damaged."""
        import duckdb

        with opened(path) as file:
            if file.read(_START).lstrip()[:1] != "[":
                return False
        before = Source(path)
        try:
            found = self.store.connection.cursor().execute(
                f"SELECT json FROM read_json_objects({quoted(path)}, format = 'array', compression = {_compression(path)})"
            )
            numbered = enumerate(itertools.chain.from_iterable(iter(lambda: found.fetchmany(_PAGE), [])))
            read_records(((f"[{number}]", json.loads(text)) for number, (text,) in numbered), source, self)
        except (duckdb.Error, ValueError):
            self.store.flush()
            self.store.execute(f"DELETE FROM rows WHERE file = {self._number(source)}")
            for name in ("rows", "skipped", "damaged", "unknown", "repeated"):
                setattr(source, name, getattr(before, name))
            source.formats.clear()
            source.faults.clear()
            return False
        return True

    def _slow(self) -> Iterator[tuple[str, Any]]:
        """The records that the lane did not take."""
        found = self.store.connection.cursor().execute("SELECT slow FROM rows WHERE slow <> ''")
        while page := found.fetchmany(_PAGE):
            for (text,) in page:
                yield from records_of(json.loads(text), "")

    def _damaged(self, path: str, lines: str) -> Iterator[tuple[str, Any]]:
        """The lines that DuckDB took for damaged, as Python reads them."""
        self.store.execute("SET preserve_insertion_order = true")
        found = self.store.execute(
            f"SELECT number FROM (SELECT row_number() OVER () AS number, json FROM {lines}) WHERE json IS NULL ORDER BY number"
        )
        numbers = iter([number for (number,) in found.fetchall()])
        self.store.execute("SET preserve_insertion_order = false")
        wanted = next(numbers, None)
        count = 0
        with opened(path) as file:
            for number, line in enumerate(file, 1):
                if wanted is None:
                    return
                count += bool(line.strip())
                if line.strip() and count == wanted:
                    wanted = next(numbers, None)
                    yield from records_of(_parsed(line), f"line {number}")

    def finish(self) -> None:
        """Count calls once that several lines or files hold, as `Reading.add` does."""
        execute = self.store.execute
        execute(
            "CREATE TEMP TABLE several AS SELECT hash(format, id) AS digest FROM rows WHERE id IS NOT NULL GROUP BY digest HAVING count(*) > 1"
        )
        if not self.store.value("SELECT count(*) FROM several"):
            return
        execute(
            """CREATE TEMP TABLE repeated AS SELECT rowid AS call, file,
                row_number() OVER (PARTITION BY format, id ORDER BY "output" DESC, coalesce(start, 0) DESC, coalesce(billed, 0) DESC) AS rank,
                row_number() OVER (PARTITION BY format, id ORDER BY file, rowid) AS place
            FROM rows WHERE id IS NOT NULL AND hash(format, id) IN (SELECT digest FROM several)"""
        )
        counts = execute("SELECT file, count(*) FROM repeated WHERE place > 1 GROUP BY file").fetchall()
        by_number = {number: path for path, number in self._numbers.items()}
        by_path = {source.path: source for source in self.sources}
        for file, count in counts:
            source = by_path[by_number[file]]
            source.rows -= count
            source.repeated += count
        execute("DELETE FROM rows WHERE rowid IN (SELECT call FROM repeated WHERE rank > 1)")


def _first(path: str) -> Mapping[str, Any] | None:
    """The record in the first line of a file of JSON lines; None for other files."""
    try:
        with opened(path) as file:
            record = _parsed(next((line for line in file if line.strip()), ""))
    except (OSError, EOFError):
        return None
    return record if isinstance(record, dict) else None


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _compression(path: str) -> str:
    with open(path, "rb") as file:
        return "'gzip'" if file.read(2) == b"\x1f\x8b" else "'none'"
