"""From large files to the rows of a store: lines of common shape by SQL, all others by the adapters in Python."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from llmlint.audit.duck.extraction import MACROS, Lines
from llmlint.audit.duck.lanes import LANES, absent_names, insertion, left_out
from llmlint.audit.duck.prompts import SYSTEMS
from llmlint.audit.duck.store import Store, quoted
from llmlint.audit.formats.base import Format
from llmlint.audit.progress import Progress
from llmlint.audit.reading import Reading, Source, format_of, opened, read_file, read_records, records_of
from llmlint.audit.rows import Row

_PAGE = 5_000
_START = 4_096
_SAMPLE = 500_000
_SAMPLED = 1_000
"""So many lines of a sample are parsed."""

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass
class Loading(Reading):
    """A reading whose rows are in a store."""

    store: Store = field(kw_only=True)
    progress: Progress = field(kw_only=True)

    def __post_init__(self) -> None:
        for macro in MACROS:
            self.store.execute(macro)
        self.store.execute(f"CREATE TEMP TABLE {SYSTEMS} (text VARCHAR, digest VARCHAR)")

    def add(self, source: Source, format: Format, row: Row) -> None:
        source.rows += 1
        self.store.add(self._number(source), format.name, row)

    def _number(self, source: Source) -> int:
        return self._numbers.setdefault(source.path, len(self._numbers))

    _numbers: dict[str, int] = field(default_factory=dict, repr=False)

    def read(self, path: str, source: Source, *, has_chains: bool = False) -> None:
        self.progress.say(f"reading {path}", self.store.share)
        if not self._read_by_lane(path, source, has_chains=has_chains) and not self._read_list(path, source):
            read_file(path, source, self)
        self.store.flush()

    def _read_by_lane(self, path: str, source: Source, *, has_chains: bool) -> bool:
        """Read JSON lines by SQL; False where the file has no lane, or DuckDB cannot read it. Single questions get chains with `has_chains`, or if a
        sample of the file has conversations; see `_complete_chains`."""
        import duckdb

        first = _first(path)
        format = format_of(first) if first is not None else None
        if format is None or format.name not in LANES:
            return False
        lines = Lines(path, _compression(path))
        file = self._number(source)
        sample = _sample(path)
        has_chains = has_chains or '"assistant"' in sample
        self._look_up_systems(sample)
        try:
            is_read = self._insert(format.name, lines, file, sample, has_chains=has_chains)
        except duckdb.Error:
            is_read = False
        if not is_read:
            self.store.execute(f"DELETE FROM rows WHERE file = {file}")
            return False
        source.formats.append(format)
        source.rows += self.store.value(f"SELECT count(*) FROM rows WHERE file = {file} AND slow IS NULL")
        damaged = self.store.value("SELECT count(*) FROM rows WHERE slow = ''")
        if damaged:
            read_records(self._damaged(lines), source, self)
        faulty: list[tuple[int, str]] = []
        read_records(self._slow(source, faulty), source, self)
        self._name(faulty, lines, source)
        self.store.execute("DELETE FROM rows WHERE slow IS NOT NULL")
        return True

    def _look_up_systems(self, sample: str) -> None:
        """Fill the table of system prompts with those that a sample has several times."""
        sampled = Reading()
        read_records((("", _parsed(line)) for line in _some_lines(sample)), Source(""), sampled)
        counts = Counter(row.prompt.system for row in sampled.rows if row.prompt is not None and row.prompt.system.chars)
        self.store.execute(f"DELETE FROM {SYSTEMS}")
        for system, count in counts.items():
            # DuckDB takes lines with halves of surrogate pairs for damaged.
            if count > 1 and not _SURROGATE.search(system.text):
                self.store.execute(f"INSERT INTO {SYSTEMS} VALUES (?, ?)", [system.text, system.digest])

    def _insert(self, format: str, lines: Lines, file: int, sample: str, *, has_chains: bool) -> bool:
        """Insert lines by the lane of a format: first those without the names that a sample lacks, then what these left. False if a second reading is
        not of the same lines."""
        execute, value, join = self.store.execute, self.store.value, self.store.join
        absent = absent_names(format, sample)
        execute(
            "CREATE OR REPLACE TEMP TABLE sampled AS SELECT CAST(line AS JSON) AS json FROM (SELECT unnest(?) AS line) WHERE json_valid(line)",
            [_some_lines(sample)],
        )
        # The texts of lines that the lane leaves are kept where the sample has such. Else there are few if any, and to read these again is faster.
        is_kept = bool(value(f"SELECT count(*) FROM ({left_out(format, 'sampled', join, absent)})"))
        execute(insertion(format, lines.objects if is_kept else lines, file, join, absent, has_chains=has_chains))
        left = value("SELECT count(*) FROM rows WHERE slow IS NOT NULL")
        if not left:
            return True
        others = "SELECT CAST(nullif(slow, '') AS JSON) AS json FROM rows WHERE slow IS NOT NULL"
        execute(f"CREATE OR REPLACE TEMP TABLE others AS {others if is_kept else left_out(format, lines.objects, join, absent)}")
        execute("DELETE FROM rows WHERE slow IS NOT NULL")
        execute(insertion(format, "others", file, join, has_chains=has_chains))
        return bool(value("SELECT count(*) FROM others") == left)

    def _read_list(self, path: str, source: Source) -> bool:
        """Read a JSON list element by element, which Python can only read as a whole; False where the file is none, or is damaged."""
        import duckdb

        with opened(path) as file:
            if file.read(_START).lstrip()[:1] != "[":
                return False
        try:
            found = self.store.connection.cursor().execute(
                f"SELECT json FROM read_json_objects({quoted(path)}, format = 'array', compression = {quoted(_compression(path))})"
            )
            numbered = enumerate(itertools.chain.from_iterable(iter(lambda: found.fetchmany(_PAGE), [])))
            read_records(((f"[{number}]", json.loads(text)) for number, (text,) in numbered), source, self)
        except (duckdb.Error, ValueError):
            self._forget(source)
            return False
        return True

    def _forget(self, source: Source) -> None:
        """Take back what was read of a file."""
        self.store.flush()
        self.store.execute(f"DELETE FROM rows WHERE file = {self._number(source)}")
        for name, value in vars(Source(source.path)).items():
            setattr(source, name, value)

    def _slow(self, source: Source, faulty: list[tuple[int, str]]) -> Iterator[tuple[str, Any]]:
        """The records that the lane did not take. `faulty` gets the texts of those that are damaged, by the place of what `source.faults` says."""
        found = self.store.connection.cursor().execute("SELECT slow FROM rows WHERE slow <> ''")
        while page := found.fetchmany(_PAGE):
            for (text,) in page:
                known = len(source.faults)
                yield from records_of(json.loads(text), "")
                if len(source.faults) > known:
                    faulty.append((known, text))

    def _name(self, faulty: Sequence[tuple[int, str]], lines: Lines, source: Source) -> None:
        """Put the numbers of damaged records before what is said of them."""
        if not faulty:
            return
        texts = ", ".join(quoted(text) for _, text in faulty)
        with self._in_order():
            found = self.store.execute(
                f"SELECT json, min(number) FROM (SELECT row_number() OVER () AS number, CAST(json AS VARCHAR) AS json FROM {lines.objects}) "
                f"WHERE json IN ({texts}) GROUP BY json"
            )
            numbers = dict(found.fetchall())
        for place, text in faulty:
            source.faults[place] = f"record {numbers[text]}: {source.faults[place]}"

    @contextlib.contextmanager
    def _in_order(self) -> Iterator[None]:
        """Lines are numbered as they stand in the file."""
        self.store.execute("SET preserve_insertion_order = true")
        yield
        self.store.execute("SET preserve_insertion_order = false")

    def _damaged(self, lines: Lines) -> Iterator[tuple[str, Any]]:
        """The lines that DuckDB took for damaged, as Python reads them."""
        with self._in_order():
            found = self.store.execute(
                f"SELECT number FROM (SELECT row_number() OVER () AS number, json FROM {lines.objects}) WHERE json IS NULL ORDER BY number"
            )
            numbers = iter([number for (number,) in found.fetchall()])
        wanted = next(numbers, None)
        count = 0
        with opened(lines.path) as file:
            for number, line in enumerate(file, 1):
                if wanted is None:
                    return
                count += bool(line.strip())
                if line.strip() and count == wanted:
                    wanted = next(numbers, None)
                    cut = "" if line.endswith(("\n", "\r")) else ", where the file is cut off"
                    yield from records_of(_parsed(line), f"line {number}{cut}")

    def finish(self) -> None:
        """Complete the rows of all files."""
        self._complete_chains()
        self._remove_repeated()

    def _complete_chains(self) -> None:
        """Read files again whose single questions have no chains, if there are conversations that they may begin."""
        if (self.store.value("SELECT max(len(chain)) FROM rows") or 0) < 2:
            return
        found = self.store.execute("SELECT DISTINCT file FROM rows WHERE has_prompt AND chain IS NULL").fetchall()
        incomplete = [source for source in self.sources if (self._number(source),) in found]
        for source in incomplete:
            self._forget(source)
        for source in incomplete:
            self.read(source.path, source, has_chains=True)

    def _remove_repeated(self) -> None:
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


def _sample(path: str) -> str:
    """Some text of a file: its beginning and, where it is not packed, four more places."""
    found: list[str] = []
    with opened(path) as file, contextlib.suppress(OSError, EOFError):
        found.append(file.read(_SAMPLE))
    if not _is_packed(path):
        with open(path, "rb") as file:
            size = os.path.getsize(path)
            for quarter in range(1, 5):
                file.seek(max(0, size * quarter // 4 - _SAMPLE))
                found.append(file.read(_SAMPLE).decode("utf-8", "replace"))
    return "".join(found)


def _some_lines(sample: str) -> list[str]:
    lines = sample.split("\n")
    return lines[:: len(lines) // _SAMPLED + 1]


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _compression(path: str) -> str:
    return "gzip" if _is_packed(path) else "none"


def _is_packed(path: str) -> bool:
    with open(path, "rb") as file:
        return file.read(2) == b"\x1f\x8b"
