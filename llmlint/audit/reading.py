"""From files to rows: finds a file's container (JSON, JSON lines, CSV, Parquet, Postgres dump; each also as gzip) and its format."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO, Any

from llmlint.audit.fields import Damaged
from llmlint.audit.formats import FORMATS
from llmlint.audit.formats.base import Format
from llmlint.audit.rows import Row
from llmlint.findings import FileError

_ENDINGS = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet", ".sql", ".log", ".gz")
_SHOWN = 3
_FIELD = 2**30
_BEGINNING, _TRIED = 1_000_000, 20
# What adapters may raise at a record that has values of other kinds than its format has.
_UNEXPECTED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)
_DUMP_TABLE = "SpendLogs"


@dataclass
class Source:
    """What was read of one file. `skipped` records are of a known format and are no LLM calls; `damaged` ones could not be read, of which the
    first few are named in `faults`; `unknown` ones are of no format that is known."""

    path: str
    formats: list[Format] = field(default_factory=list)
    rows: int = 0
    skipped: int = 0
    damaged: int = 0
    unknown: int = 0
    repeated: int = 0
    faults: list[str] = field(default_factory=list)

    def fault(self, where: str, message: str) -> None:
        self.damaged += 1
        if len(self.faults) < _SHOWN:
            self.faults.append(f"{where}: {message}" if where else message)


@dataclass
class Reading:
    """All rows of a run, with what was read of each file, and the files that could not be read. `passed_over` counts files of the given folders
    that are no exports."""

    rows: list[Row] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    errors: list[FileError] = field(default_factory=list)
    passed_over: int = 0
    _by_id: dict[tuple[str, str], int] = field(default_factory=dict, repr=False)

    def read(self, path: str, source: Source) -> None:
        """Read one file."""
        read_file(path, source, self)

    def add(self, source: Source, format: Format, row: Row) -> None:
        """Take a row. A call that several lines or files hold counts once: the line with the most output is the last one of a stream."""
        if row.id is not None:
            key = (format.name, row.id)
            index = self._by_id.setdefault(key, len(self.rows))
            if index < len(self.rows):
                source.repeated += 1
                if _completeness(row) > _completeness(self.rows[index]):
                    self.rows[index] = row
                return
        source.rows += 1
        self.rows.append(row)


def _completeness(row: Row) -> tuple[int, float, Decimal]:
    """Which of several records of one call is the last: that with the most output, else the latest."""
    return row.tokens.output, row.start or 0.0, row.billed or Decimal(0)


class _Unreadable(Exception):
    """Why a file cannot be read at all."""


def read(paths: Iterable[str], reading: Reading | None = None) -> Reading:
    """Read files, and the exports in folders, in order of their names."""
    reading = reading or Reading()
    for path, is_named in _files(paths, reading.errors):
        source = Source(path)
        try:
            reading.read(path, source)
        except _Unreadable as error:
            if not is_named and not source.formats and not _begins_like_an_export(path):
                reading.passed_over += 1
                continue
            reading.errors.append(FileError(path, str(error)))
        except OSError as error:
            reading.errors.append(FileError(path, error.strerror or str(error)))
        else:
            if not source.formats and not is_named:
                reading.passed_over += 1
                continue
            if not source.formats:
                what = (
                    "its records are of no export that llmlint knows"
                    if source.unknown or source.damaged
                    else "it holds no records"
                )
                reading.errors.append(FileError(path, what))
        reading.sources.append(source)
    return reading


def _begins_like_an_export(path: str) -> bool:
    """Whether a file that cannot be read is an export that is damaged or cut off, as far as its first records say."""
    with open(path, "rb") as file:
        if file.read(4) == b"PAR1":
            return True
    try:
        with opened(path) as text:
            start = text.read(_BEGINNING)
    except (OSError, EOFError):
        return False
    decoder = json.JSONDecoder()
    for place in [match.start() for match in itertools.islice(re.finditer("{", start), _TRIED)]:
        try:
            record, _ = decoder.raw_decode(start, place)
        except (ValueError, RecursionError):
            continue
        if any(_takes(each, record) for each in FORMATS):
            return True
    return False


def _files(paths: Iterable[str], errors: list[FileError]) -> Iterator[tuple[str, bool]]:
    """The files to read, each with whether it was named itself."""
    for path in paths:
        try:
            mode = os.stat(path).st_mode
        except OSError as error:
            errors.append(FileError(path, error.strerror or str(error)))
            continue
        if stat.S_ISDIR(mode):
            found = [
                os.path.join(folder, name)
                for folder, _, names in os.walk(path)
                for name in names
                if name.lower().endswith(_ENDINGS) and stat.S_ISREG(os.lstat(os.path.join(folder, name)).st_mode)
            ]
            if not found:
                errors.append(FileError(path, "no exports in this folder"))
            yield from ((file, False) for file in sorted(found))
        elif stat.S_ISREG(mode):
            yield path, True
        else:
            errors.append(FileError(path, "not a regular file"))


def read_file(path: str, source: Source, reading: Reading) -> None:
    """Read one file by the adapters."""
    read_records(_records(path, source), source, reading)


def read_records(records: Iterable[tuple[str, Any]], source: Source, reading: Reading) -> None:
    """Read records, each with where it stands, by the adapter of their format."""
    format = source.formats[-1] if source.formats else None
    for where, record in records:
        if not isinstance(record, dict):
            source.fault(where, "not an object" if record is not None else "not JSON")
            continue
        try:
            if format is None or not format.matches(record):
                found = format_of(record)
                if found is None:
                    source.unknown += 1
                    continue
                format = found
                if format not in source.formats:
                    source.formats.append(format)
            rows = list(format.rows(record))
        except Damaged as error:
            source.fault(where, str(error))
            continue
        except _UNEXPECTED as error:
            source.fault(where, f"unexpected values ({type(error).__name__})")
            continue
        source.skipped += not rows
        for row in rows:
            reading.add(source, format, row)


def format_of(record: Mapping[str, Any]) -> Format | None:
    """The first format that takes a record."""
    return next((each for each in FORMATS if each.matches(record)), None)


def opened(path: str) -> IO[str]:
    """A file of text, packed or not."""
    with open(path, "rb") as file:
        is_packed = file.read(2) == b"\x1f\x8b"
    opener = gzip.open if is_packed else open
    return opener(path, "rt", encoding="utf-8-sig", errors="replace", newline="")


def _records(path: str, source: Source) -> Iterator[tuple[str, Any]]:
    """The records of a file, each with where it stands."""
    with open(path, "rb") as file:
        start = file.read(4)
        file.seek(0)
        if start == b"PAR1":
            yield from _parquet(path)
            return
        stream: IO[bytes] = gzip.GzipFile(fileobj=file) if start[:2] == b"\x1f\x8b" else file  # type: ignore[assignment]
        try:
            yield from _texts(stream, source)
        except (EOFError, gzip.BadGzipFile) as error:
            source.fault("", f"the file is cut off ({error})")


def _texts(stream: IO[bytes], source: Source) -> Iterator[tuple[str, Any]]:
    with io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="") as lines:
        first = next((line for line in lines if line.strip()), "")
        if first.lstrip()[:1] in ("{", "["):
            yield from _json(first, lines, source)
        elif first.startswith(("--", "COPY ", "SET ")):
            yield from _dump(_chained(first, lines), source)
        elif first:
            yield from _csv(first, lines, source)


def _chained(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest


def _json(first: str, lines: Iterable[str], source: Source) -> Iterator[tuple[str, Any]]:
    try:
        record = json.loads(first)
    except ValueError:
        record = None
    except RecursionError:
        record = None
    if isinstance(record, dict):
        yield from records_of(record, "line 1")
        for number, line in enumerate(lines, 2):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                is_cut = not line.endswith(("\n", "\r"))
                source.fault(f"line {number}", "the file is cut off here" if is_cut else "not JSON")
                continue
            yield from records_of(record, f"line {number}")
        return
    whole = first + "".join(lines)
    try:
        document = json.loads(whole)
    except (ValueError, RecursionError) as error:
        # One damaged first line of JSON lines costs that line.
        if first.lstrip().startswith("{") and "\n{" in whole:
            source.fault("line 1", "not JSON")
            rest = whole[len(first) :].splitlines(keepends=True)
            later = next((index for index, line in enumerate(rest) if line.strip()), len(rest))
            if later < len(rest):
                yield from _json(rest[later], rest[later + 1 :], source)
            return
        raise _Unreadable(f"not JSON, or cut off ({str(error)[:80]})") from error
    yield from records_of(document, "")


def records_of(document: Any, where: str) -> Iterator[tuple[str, Any]]:
    """The records of a JSON value: itself where a format takes it, else the elements of its list."""
    if isinstance(document, list):
        for index, each in enumerate(document):
            yield f"{where}[{index}]", each
        return
    if isinstance(document, dict) and not any(_takes(each, document) for each in FORMATS):
        for name in ("data", "rows", "items", "observations", "logs", "result", "results", "hits", "runs", "events"):
            inner = document.get(name)
            if isinstance(inner, list) and inner and all(isinstance(each, dict) for each in inner[:10]):
                for index, each in enumerate(inner):
                    yield f"{where} {name}[{index}]".strip(), each
                return
    yield where, document


def _takes(format: Format, record: dict[str, Any]) -> bool:
    try:
        return format.matches(record)
    except _UNEXPECTED:
        return False


def _csv(first: str, lines: Iterable[str], source: Source) -> Iterator[tuple[str, Any]]:
    csv.field_size_limit(_FIELD)
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(_chained(first, lines), delimiter=delimiter)
    try:
        header = [name.strip() for name in next(rows)]
        for row in rows:
            if not row:
                continue
            where = f"line {rows.line_num}"
            if len(row) != len(header):
                source.fault(where, f"{len(row)} fields where the first line has {len(header)}")
                continue
            yield where, dict(zip(header, row, strict=True))
    except csv.Error as error:
        source.fault(f"line {rows.line_num}", f"not CSV ({error})")


def _dump(lines: Iterable[str], source: Source) -> Iterator[tuple[str, Any]]:
    """The rows of LiteLLM's table in a Postgres dump (`COPY … FROM stdin`)."""
    header: list[str] | None = None
    for number, line in enumerate(lines, 1):
        if header is None:
            if line.startswith("COPY ") and _DUMP_TABLE in line:
                header = [name.strip().strip('"') for name in line[line.index("(") + 1 : line.rindex(")")].split(",")]
            continue
        if line.startswith("\\."):
            header = None
            continue
        values = [None if value == "\\N" else _unescaped(value) for value in line.rstrip("\r\n").split("\t")]
        if len(values) != len(header):
            source.fault(f"line {number}", f"{len(values)} fields where the table has {len(header)}")
            continue
        yield f"line {number}", dict(zip(header, values, strict=True))


def _unescaped(value: str) -> str:
    if "\\" not in value:
        return value
    known = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "\\": "\\"}
    parts = iter(value)
    return "".join(known.get(follower := next(parts, ""), follower) if character == "\\" else character for character in parts)


def _parquet(path: str) -> Iterator[tuple[str, Any]]:
    try:
        import duckdb
    except ImportError as error:
        raise _Unreadable("Parquet is read by DuckDB: pip install 'llmlint[audit]'") from error
    with duckdb.connect() as connection:
        try:
            found = connection.execute("SELECT * FROM read_parquet(?)", [path])
            names = [each[0] for each in found.description or ()]
            number = 0
            while rows := found.fetchmany(1_000):
                for row in rows:
                    number += 1
                    yield f"row {number}", dict(zip(names, row, strict=True))
        except duckdb.Error as error:
            raise _Unreadable(f"not Parquet, or cut off ({str(error).splitlines()[0][:80]})") from error
