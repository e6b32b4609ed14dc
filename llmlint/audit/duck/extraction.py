"""Fields of JSON lines in SQL. A line is parsed once, into structs of the fields that its format reads. Most fields become text, as adapters take
a number and the same number as text for one; those whose type decides stay JSON, whose first character is that of the type."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from llmlint.audit.duck.store import quoted

MACROS = (
    """CREATE MACRO seconds_of(x) AS CASE WHEN x <= 1e11 THEN x WHEN x / 1000 <= 1e11 THEN x / 1000
        WHEN x / 1000 / 1000 <= 1e11 THEN x / 1000 / 1000 WHEN x < 1e20 THEN x / 1000 / 1000 / 1000 END""",
    # The characters between the quotes of a JSON string.
    "CREATE MACRO text_of(t) AS CASE WHEN contains(t, '\\') THEN json_extract_string(t, '$') ELSE substring(t, 2, length(t) - 2) END",
    # Of all JSON only numbers begin with a digit, as far as they are not negative.
    "CREATE MACRO is_number(t) AS t >= '0' AND t < ':'",
    # What a value without quotes was: a text, or an integer, which adapters take as text too; not a fraction, a Boolean, an object or a list.
    r"""CREATE MACRO is_text(t) AS CASE WHEN t < ':' THEN NOT regexp_full_match(t, '-?\d+(\.\d+)?([eE][+-]?\d+)?') OR regexp_full_match(t, '-?\d+')
        ELSE t NOT IN ('true', 'false') AND NOT (t >= '[' AND t < '\') AND NOT (t >= '{' AND t < '|') END""",
    # A number is the epoch in seconds or parts of these (`fields.moment`), a text is ISO 8601 in UTC; NULL for all else.
    r"""CREATE MACRO moment_of(t) AS CASE WHEN t IS NULL THEN NULL
        WHEN is_number(t) AND NOT contains(t, '-') AND NOT contains(lower(t), 'e') THEN seconds_of(TRY_CAST(t AS DOUBLE))
        WHEN regexp_full_match(t, '\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?(Z|\+00:00)?')
        THEN epoch_us(TRY_CAST(regexp_replace(t, '(Z|\+00:00)$', '') AS TIMESTAMP)) / 1e6 END""",
    "CREATE MACRO count_of(t) AS CASE WHEN is_number(t) AND length(t) <= 18 THEN TRY_CAST(t AS BIGINT) END",
    "CREATE MACRO or_zero(n) AS coalesce(n, 0)",
    "CREATE MACRO number_of(t) AS CASE WHEN is_number(t) THEN TRY_CAST(t AS DOUBLE) END",
    # In 1e-12 USD. Digits behind these are cut off.
    """CREATE MACRO money_of(t) AS CASE WHEN is_number(t)
        THEN CAST(trunc(TRY_CAST(t AS DECIMAL(38,18)) * 1000000000000::DECIMAL(13,0)) AS BIGINT) END""",
    """CREATE MACRO tier_of(t) AS CASE WHEN lower(t) IN ('true', '1') THEN 'batch'
        WHEN lower(t) IN ('batch', 'flex', 'fast', 'priority') THEN lower(t) ELSE 'standard' END""",
    # `rows.exclusive`.
    "CREATE MACRO uncached(total, cached) AS CASE WHEN cached > total THEN total ELSE total - cached END",
    "CREATE MACRO digest_of(t) AS left(sha256(t), 12)",
)
"""Functions of the database that the expressions use."""

_TYPED = {"count": "count_of", "moment": "moment_of", "amount": "money_of", "number": "number_of"}
_NOTHING = "CAST(NULL AS VARCHAR)"


@dataclass(frozen=True)
class Lines:
    """A file of JSON lines."""

    path: str
    compression: str

    @property
    def objects(self) -> str:
        """Its lines as JSON in a column `json`, which is NULL for those that are damaged."""
        return f"read_ndjson_objects({quoted(self.path)}, ignore_errors = true, compression = {quoted(self.compression)})"

    def records(self, fields: Mapping[str, Any]) -> str:
        """Its lines as structs, which takes less than half as long as to parse `objects`."""
        columns = ", ".join(f"{quoted(name)}: {quoted(_type(kind))}" for name, kind in _structure(fields).items())
        return (
            f"read_json({quoted(self.path)}, format = 'newline_delimited', records = true, ignore_errors = true, "
            f"compression = {quoted(self.compression)}, columns = {{{columns}}})"
        )


@dataclass(eq=False)
class Object:
    """An object of a line: the struct that it is parsed into, and the SQL for it. Fields that are missing or null are NULL, and so are all
    those of a value that is no object. `reserved` gets the fields for which a line is left to the adapter: those that are `absent` if they
    are there after all."""

    sql: str
    absent: Container[str]
    reserved: list[str]
    fields: dict[str, Any] = field(default_factory=dict)

    def field(self, name: str) -> str:
        """A field as text: a string without its quotes, all else as JSON."""
        return self._typed(name, "VARCHAR")

    def json(self, name: str) -> str:
        """A field as JSON."""
        found = self._typed(name, "JSON")
        return found if found == _NOTHING else f"CAST({found} AS VARCHAR)"

    def inner(self, name: str) -> Object:
        """An object in a field; see `Extraction.require`."""
        return Object(self._of(name), self.absent, self.reserved, self.fields.setdefault(name, {}))

    def _typed(self, name: str, kind: str) -> str:
        if name in self.absent:
            if self.fields.setdefault(name, "VARCHAR") == "VARCHAR" and self._of(name) not in self.reserved:
                self.reserved.append(self._of(name))
            return _NOTHING
        assert self.fields.setdefault(name, kind) == kind
        return self._of(name)

    def _of(self, name: str) -> str:
        return f'{self.sql}."{name}"'


class Extraction:
    """What is extracted of the lines of one file, and under which conditions a line is taken. Lines that have a field with one of the `absent` names
    are not, which makes the rest faster."""

    def __init__(self, absent: Iterable[str] = ()) -> None:
        self._absent = frozenset(absent)
        self._reserved: list[str] = []
        self.line = Object("v", self._absent, self._reserved)
        self.guards: list[str] = []
        self._optional: list[tuple[str, Object]] = []
        self._chosen: list[str] = []
        self._typed: list[str] = []

    def names(self) -> set[str]:
        """All names of fields that are looked for in a line."""
        found: set[str] = set()
        pending = [self.line.fields, *(each.fields for _, each in self._optional)]
        while pending:
            fields = pending.pop()
            found |= fields.keys()
            pending += [inner for inner in fields.values() if isinstance(inner, dict)]
        return found

    def require(self, outer: Object, name: str) -> Object:
        """An object that each line has."""
        found = outer.inner(name)
        self.guards.append(f"{found.sql} IS NOT NULL")
        return found

    def optional(self, outer: Object, name: str) -> Object:
        """An object that some lines have; it is parsed for itself."""
        given = outer.json(name)
        if given == _NOTHING:
            return Object("o", _Everything(), [])
        self.guards.append(f"({given} IS NULL OR {is_object(given)})")
        found = Object(f"o{len(self._optional)}", self._absent, self._reserved)
        self._optional.append((given, found))
        return found

    def reserve(self, within: Object, names: Iterable[str]) -> None:
        """Leave lines to the adapter where an object has one of some fields."""
        self._reserved += [each for name in names if (each := within.field(name)) != _NOTHING]

    def first(self, kind: str, *fields: str) -> str:
        """The first field that is there and not empty, as `fields.find` has it: a text, or the value of a `count`, a `moment`, an `amount` or a
        `number`. Only lines where it has the plain type are taken."""
        values = [f"nullif({each}, '')" for each in fields if each != _NOTHING]
        if not values:
            return f"{_TYPED[kind]}({_NOTHING})" if kind in _TYPED else _NOTHING
        name = f"f{len(self._chosen)}"
        self._chosen.append(f"coalesce({', '.join(values)})")
        if kind == "text":
            self.guards.append(f"({name} IS NULL OR is_text({name}))")
            return name
        value = f"v{len(self._typed)}"
        self._typed.append(f"{_TYPED[kind]}({name})")
        # A count has digits only: other texts of numbers have another value in Python.
        same = f"CAST({value} AS VARCHAR) = {name}" if kind == "count" else f"{value} IS NOT NULL"
        self.guards.append(f"({name} IS NULL OR coalesce({same}, false))")
        return value

    @property
    def conditions(self) -> list[str]:
        """The conditions under which a line is taken."""
        found = list(self.guards)
        if self._reserved:
            found.append(f"coalesce({', '.join(self._reserved)}) IS NULL")
        return found

    def steps(self, source: Lines | str) -> list[str]:
        """The steps of a query that parse the lines of a file, or the column `json` of a source; the last one is `typed`."""
        if isinstance(source, Lines):
            found = [f"parsed AS (SELECT v FROM {source.records(self.line.fields)} AS v)"]
        else:
            found = [f"parsed AS (SELECT json, {_parsed('json', self.line)} AS v FROM {source})"]
        last = "parsed"
        for given, each in self._optional:
            found.append(
                f"with_{each.sql} AS (SELECT *, {_parsed(f'CASE WHEN {is_object(given)} THEN {given} END', each)} AS {each.sql} FROM {last})"
            )
            last = f"with_{each.sql}"
        chosen, typed = (
            "".join(f", {sql} AS {letter}{number}" for number, sql in enumerate(expressions))
            for letter, expressions in (("f", self._chosen), ("v", self._typed))
        )
        return [*found, f"chosen AS (SELECT *{chosen} FROM {last})", f"typed AS (SELECT *{typed} FROM chosen)"]


class _Everything(Container[str]):
    """The fields that an object lacks which no line has."""

    def __contains__(self, name: object) -> bool:
        return True


def is_object(given: str) -> str:
    return f"starts_with({given}, '{{')"


def is_empty(given: str) -> str:
    """Whether a field as JSON has nothing in it."""
    return f"coalesce({given}, '\"\"') IN ('\"\"', '{{}}', '[]', '\"{{}}\"', '\"[]\"')"


def _parsed(text: str, into: Object) -> str:
    return f"json_transform({text}, {quoted(json.dumps(_structure(into.fields)))})"


def _type(kind: Any) -> str:
    """A field of a structure as a type."""
    return (
        kind
        if isinstance(kind, str)
        else f"STRUCT({', '.join(f'{json.dumps(name)} {_type(each)}' for name, each in kind.items())})"
    )


def _structure(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What an object is parsed into; there is no empty struct."""
    return {name: _structure(kind) if isinstance(kind, dict) else kind for name, kind in fields.items()} or {"-": "VARCHAR"}
