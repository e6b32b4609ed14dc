"""Fields of JSON lines in SQL: each line is parsed three times, for values (`v`), types (`t`) and keys (`k`), however many fields are read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from llmlint.audit.duck.store import quoted

MACROS = (
    """CREATE MACRO seconds_of(x) AS CASE WHEN x <= 1e11 THEN x WHEN x / 1000 <= 1e11 THEN x / 1000
        WHEN x / 1000 / 1000 <= 1e11 THEN x / 1000 / 1000 WHEN x < 1e20 THEN x / 1000 / 1000 / 1000 END""",
    # A number is the epoch in seconds or parts of these (`fields.moment`), a text is ISO 8601 in UTC; NULL for all else.
    r"""CREATE MACRO moment_of(t) AS CASE WHEN regexp_full_match(t, '\d+(\.\d*)?') THEN seconds_of(CAST(t AS DOUBLE))
        WHEN regexp_full_match(t, '\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?(Z|\+00:00)?')
        THEN epoch_us(TRY_CAST(regexp_replace(t, '(Z|\+00:00)$', '') AS TIMESTAMP)) / 1e6 END""",
    "CREATE MACRO count_of(t) AS coalesce(CAST(t AS BIGINT), 0)",
    # In 1e-12 USD. Digits behind these are cut off.
    "CREATE MACRO money_of(t) AS CAST(trunc(CAST(t AS DECIMAL(38,18)) * 1000000000000::DECIMAL(13,0)) AS BIGINT)",
    """CREATE MACRO tier_of(t) AS CASE WHEN lower(t) IN ('true', '1') THEN 'batch'
        WHEN lower(t) IN ('batch', 'flex', 'fast', 'priority') THEN lower(t) ELSE 'standard' END""",
    # `rows.exclusive`.
    "CREATE MACRO uncached(total, cached) AS CASE WHEN cached > total THEN total ELSE total - cached END",
    "CREATE MACRO digest_of(t) AS left(sha256(t), 12)",
)
"""Functions of the database that the expressions use."""

Shape = Mapping[str, frozenset[str]]
"""The keys of each object of a file's first records, by its path; the record itself has an empty path."""

_DEPTH = 4
_TYPES = {
    "text": ("VARCHAR",),
    "count": ("UBIGINT",),
    "number": ("UBIGINT", "DOUBLE"),
    "moment": ("UBIGINT", "DOUBLE", "VARCHAR"),
}
_NOTHING = "CAST(NULL AS VARCHAR)"


def shape_of(records: Iterable[Mapping[str, Any]]) -> Shape:
    """The shape of records. Lists have none."""
    found: dict[str, set[str]] = defaultdict(set)
    pending: list[tuple[str, Mapping[str, Any], int]] = [("", record, 0) for record in records]
    while pending:
        path, record, depth = pending.pop()
        found[path] |= record.keys()
        if depth < _DEPTH:
            pending += [(_joined(path, name), value, depth + 1) for name, value in record.items() if isinstance(value, Mapping)]
    return {path: frozenset(names) for path, names in found.items()}


def _joined(path: str, name: str) -> str:
    name = f'"{name}"' if "." in name else name
    return f"{path}.{name}" if path else name


def _split(path: str) -> tuple[str, str]:
    """The object that a path leads through last, and the key there."""
    if path.startswith('"'):
        return "", path.strip('"')
    parent, _, name = path.rpartition(".")
    return parent, name


@dataclass
class Extraction:
    """What is extracted of the lines of one file. Paths that its shape does not have cost nothing; lines with other keys are not taken."""

    shape: Shape
    paths: list[str] = field(default_factory=list)
    types: dict[str, frozenset[str]] = field(default_factory=dict)
    guards: list[str] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)

    def has(self, path: str) -> bool:
        parent, name = _split(path)
        return name in self.shape.get(parent, ())

    def leave(self, path: str, is_left: Callable[[str], bool]) -> None:
        """Leave lines whose object at a path has some keys to the adapter."""
        self.shape = {**self.shape, path: frozenset(name for name in self.shape.get(path, ()) if not is_left(name))}

    def close(self, path: str) -> None:
        """Take only lines whose object at a path has no keys but those of the shape."""
        if path in self.objects or (path and not self.has(path)):
            return
        if path:
            self.close(_split(path)[0])
        self.objects.append(path)

    def require(self, path: str, kinds: Iterable[str]) -> None:
        """Take only lines where a field has one of some JSON types; `NULL` where it is missing too."""
        self._number(path)
        self.types[path] = self.types.get(path, frozenset(kinds)) & frozenset(kinds)

    def raw(self, path: str) -> str:
        """A field as text, whatever its type."""
        number = self._number(path)
        return f"v[{number}]" if number else _NOTHING

    def type(self, path: str) -> str:
        """The JSON type of a field, `NULL` where it is missing too."""
        number = self._number(path)
        return f"coalesce(t[{number}], 'NULL')" if number else "'NULL'"

    def first(self, kind: str, *paths: str) -> str:
        """The first field that is there and not empty, as `fields.find` has it. Only lines where all have the plain type are taken."""
        values = []
        for path in paths:
            if self._number(path):
                self.require(path, ("NULL", *_TYPES[kind]))
                values.append(f"nullif({self.raw(path)}, '')")
        found = f"coalesce({', '.join(values)})" if len(values) > 1 else values[0] if values else _NOTHING
        if kind == "moment" and values:
            self.guards.append(f"({found} IS NULL OR moment_of({found}) IS NOT NULL)")
        return found

    def is_empty(self, path: str) -> str:
        return f"coalesce({self.raw(path)}, '') IN ('', '{{}}', '[]')"

    def _number(self, path: str) -> int:
        """The number of a path among those that are extracted, from 1; 0 where the shape does not have it."""
        self.close(_split(path)[0])
        if not self.has(path):
            return 0
        if path not in self.paths:
            self.paths.append(path)
        return self.paths.index(path) + 1

    def conditions(self, signatures: Iterable[str]) -> list[str]:
        """The conditions under which a line is taken. `signatures` are keys of lines that are known to pass, as one text each."""
        kinds = ", ".join(f"({'|'.join(sorted(self.types[path]))})" if path in self.types else r"\w+" for path in self.paths)
        pattern = rf"\[{kinds}\]"
        keys = " AND ".join(
            f"(k[{number}] IS NULL OR list_has_all([{', '.join(map(quoted, sorted(self.shape.get(path, ()))))}], k[{number}]))"
            for number, path in enumerate(self.objects, 1)
        )
        known = ", ".join(map(quoted, signatures)) or "NULL"
        return [
            f"regexp_full_match(CAST(t AS VARCHAR), {quoted(pattern)})",
            f"CASE WHEN CAST(k AS VARCHAR) IN ({known}) THEN true ELSE {keys} END",
            *self.guards,
        ]

    @property
    def extracted(self) -> tuple[str, str, str]:
        """What makes `v`, `t` and `k` of a line."""
        paths = ", ".join(quoted(f"$.{path}") for path in self.paths)
        objects = ", ".join(quoted(f"$.{path}" if path else "$") for path in self.objects)
        return f"json_extract_string(json, [{paths}])", f"json_type(json, [{paths}])", f"json_keys(json, [{objects}])"
