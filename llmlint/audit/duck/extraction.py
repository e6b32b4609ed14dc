"""Fields of JSON lines in SQL. A line is parsed once, into structs of the fields that its format reads; each field stays JSON, whose first
character says its type."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from llmlint.audit.duck.store import quoted

MACROS = (
    """CREATE MACRO seconds_of(x) AS CASE WHEN x <= 1e11 THEN x WHEN x / 1000 <= 1e11 THEN x / 1000
        WHEN x / 1000 / 1000 <= 1e11 THEN x / 1000 / 1000 WHEN x < 1e20 THEN x / 1000 / 1000 / 1000 END""",
    # The characters between the quotes of a JSON string.
    "CREATE MACRO text_of(t) AS CASE WHEN contains(t, '\\') THEN json_extract_string(t, '$') ELSE trim(t, '\"') END",
    # Of all JSON only numbers begin with a digit, as far as they are not negative.
    "CREATE MACRO is_number(t) AS t >= '0' AND t < ':'",
    # A number is the epoch in seconds or parts of these (`fields.moment`), a text is ISO 8601 in UTC; NULL for all else.
    r"""CREATE MACRO written_moment(t) AS CASE WHEN regexp_full_match(t, '\d+(\.\d*)?') THEN seconds_of(TRY_CAST(t AS DOUBLE))
        WHEN regexp_full_match(t, '\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?(Z|\+00:00)?')
        THEN epoch_us(TRY_CAST(regexp_replace(t, '(Z|\+00:00)$', '') AS TIMESTAMP)) / 1e6 END""",
    """CREATE MACRO moment_of(t) AS CASE WHEN t IS NULL THEN NULL WHEN is_number(t) THEN seconds_of(TRY_CAST(t AS DOUBLE))
        ELSE written_moment(trim(t, '"')) END""",
    "CREATE MACRO count_of(t) AS coalesce(TRY_CAST(t AS BIGINT), 0)",
    # In 1e-12 USD. Digits behind these are cut off.
    "CREATE MACRO money_of(t) AS CAST(trunc(TRY_CAST(t AS DECIMAL(38,18)) * 1000000000000::DECIMAL(13,0)) AS BIGINT)",
    """CREATE MACRO tier_of(t) AS CASE WHEN lower(t) IN ('true', '1') THEN 'batch'
        WHEN lower(t) IN ('batch', 'flex', 'fast', 'priority') THEN lower(t) ELSE 'standard' END""",
    # `rows.exclusive`.
    "CREATE MACRO uncached(total, cached) AS CASE WHEN cached > total THEN total ELSE total - cached END",
    "CREATE MACRO digest_of(t) AS left(sha256(t), 12)",
)
"""Functions of the database that the expressions use."""

_COUNTS = r"(\d{1,18}( \d{1,18})*)?"


@dataclass(eq=False)
class Object:
    """An object of a line: the struct that it is parsed into, and the SQL for it. Fields that are missing or null are NULL, and so are all
    those of a value that is no object."""

    sql: str
    fields: dict[str, Any] = field(default_factory=dict)

    def field(self, name: str) -> str:
        """A field as JSON."""
        self.fields.setdefault(name, "JSON")
        return f"CAST({self._of(name)} AS VARCHAR)"

    def inner(self, name: str) -> Object:
        """An object in a field; see `Extraction.require`."""
        return Object(self._of(name), self.fields.setdefault(name, {}))

    def _of(self, name: str) -> str:
        return f'{self.sql}."{name}"'


@dataclass
class Extraction:
    """What is extracted of the lines of one file, and under which conditions a line is taken."""

    line: Object = field(default_factory=lambda: Object("v"))
    guards: list[str] = field(default_factory=list)
    _optional: list[tuple[str, Object]] = field(default_factory=list)
    _chosen: list[str] = field(default_factory=list)
    _counts: list[str] = field(default_factory=list)
    _reserved: list[str] = field(default_factory=list)

    def require(self, outer: Object, name: str) -> Object:
        """An object that each line has."""
        found = outer.inner(name)
        self.guards.append(f"{found.sql} IS NOT NULL")
        return found

    def optional(self, outer: Object, name: str) -> Object:
        """An object that some lines have; it is parsed for itself."""
        given = outer.field(name)
        self.guards.append(f"({given} IS NULL OR {is_object(given)})")
        found = Object(f"o{len(self._optional)}")
        self._optional.append((given, found))
        return found

    def reserve(self, within: Object, names: Iterable[str]) -> None:
        """Leave lines to the adapter where an object has one of some fields."""
        self._reserved += [within.field(name) for name in names]

    def first(self, kind: str, *fields: str) -> str:
        """The first field that is there and not empty, as `fields.find` has it. Only lines where it has the plain type are taken."""
        values = [f"nullif({each}, '\"\"')" for each in fields]
        name = f"f{len(self._chosen)}"
        self._chosen.append(f"coalesce({', '.join(values)})")
        if kind == "text":
            self.guards.append(f"({name} IS NULL OR starts_with({name}, '\"'))")
            return f"text_of({name})"
        if kind == "count":
            self._counts.append(name)
        elif kind == "number":
            self.guards.append(f"({name} IS NULL OR (is_number({name}) AND TRY_CAST({name} AS DECIMAL(38,18)) IS NOT NULL))")
        elif kind == "moment":
            self.guards.append(f"({name} IS NULL OR moment_of({name}) IS NOT NULL)")
        return name

    @property
    def conditions(self) -> list[str]:
        """The conditions under which a line is taken."""
        found = list(self.guards)
        if self._counts:
            found.append(f"regexp_full_match(concat_ws(' ', {', '.join(self._counts)}), '{_COUNTS}')")
        if self._reserved:
            found.append(f"coalesce({', '.join(self._reserved)}) IS NULL")
        return found

    def steps(self, source: str) -> list[str]:
        """The steps of a query that parse the lines of a source; the last one is `chosen`."""
        found = [f"parsed AS (SELECT json, {_parsed('json', self.line)} AS v FROM {source})"]
        last = "parsed"
        for given, each in self._optional:
            found.append(
                f"with_{each.sql} AS (SELECT *, {_parsed(f'CASE WHEN {is_object(given)} THEN {given} END', each)} AS {each.sql} FROM {last})"
            )
            last = f"with_{each.sql}"
        named = "".join(f", {sql} AS f{number}" for number, sql in enumerate(self._chosen))
        return [*found, f"chosen AS (SELECT *{named} FROM {last})"]


def is_object(given: str) -> str:
    return f"starts_with({given}, '{{')"


def is_empty(given: str) -> str:
    return f"coalesce({given}, '\"\"') IN ('\"\"', '{{}}', '[]', '\"{{}}\"', '\"[]\"')"


def _parsed(text: str, into: Object) -> str:
    return f"json_transform({text}, {quoted(json.dumps(into.fields))})"
