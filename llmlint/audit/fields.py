"""Reading fields of exports, whose values come as JSON, as text in CSV, or as JSON inside of text."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

Record = Mapping[str, Any]

# Epoch values above this are milliseconds, above the next microseconds, then nanoseconds: the year 5138 in seconds.
_LARGEST_SECONDS = 1e11
_LARGEST_COUNT = 10**18
_LARGEST_AMOUNT = Decimal(10) ** 15


class Damaged(ValueError):
    """A record that has not what its format promises. The text says what."""


def find(record: Any, *names: str) -> Any:
    """The first of several fields that is present and not None or empty text. A name with dots leads into nested objects."""
    for name in names:
        value = _at(record, name)
        if value is not None and value != "":
            return value
    return None


def _at(record: Any, name: str) -> Any:
    if isinstance(record, Mapping) and name in record:
        return record[name]
    head, dot, rest = name.partition(".")
    while dot:
        inner = record.get(head) if isinstance(record, Mapping) else None
        if inner is not None:
            return _at(nested(inner), rest)
        # A field such as `metadata.usage` may itself have a dot in its name.
        more, dot, rest = rest.partition(".")
        head = f"{head}.{more}"
    return None


def nested(value: Any) -> Any:
    """A JSON value that may be written as text; text that is no JSON stays text."""
    if isinstance(value, str) and value[:1] in "{[" and value:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def integer(value: Any) -> int:
    """A count; 0 where there is none. Raises Damaged for what is no count."""
    if value is None or value == "":
        return 0
    if isinstance(value, bool):
        raise Damaged(f"{value} is not a count")
    try:
        number = int(value) if isinstance(value, (int, str)) and str(value).strip().lstrip("-").isdigit() else int(float(value))
    except (TypeError, ValueError, OverflowError) as error:
        raise Damaged(f"{str(value)[:40]!r} is not a count") from error
    if number < 0:
        raise Damaged(f"{str(value)[:40]} is a negative count")
    if number > _LARGEST_COUNT:
        raise Damaged(f"{str(value)[:40]!r} is too large for a count")
    return number


def count(record: Any, *names: str) -> int:
    return integer(find(record, *names))


def money(value: Any) -> Decimal | None:
    """An exact amount; None where there is none. Raises Damaged for what is no amount."""
    if value is None or value == "":
        return None
    try:
        amount = Decimal(str(value).replace(",", "").lstrip("$"))
    except InvalidOperation as error:
        raise Damaged(f"{str(value)[:40]!r} is not an amount") from error
    if not amount.is_finite() or abs(amount) > _LARGEST_AMOUNT:
        raise Damaged(f"{str(value)[:40]!r} is not an amount")
    return amount


def moment(value: Any) -> float | None:
    """A point in time as seconds since 1970; texts without a zone are UTC. Raises Damaged for what is no time."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime.datetime):
        return _seconds(value)
    if isinstance(value, datetime.date):
        return _seconds(datetime.datetime(value.year, value.month, value.day))
    if isinstance(value, (int, float)) or (isinstance(value, str) and value.strip().replace(".", "", 1).isdigit()):
        try:
            number = float(value)
        except OverflowError as error:
            raise Damaged(f"{str(value)[:40]!r} is not a time") from error
        if not 0 <= number < _LARGEST_SECONDS * 1e9:
            raise Damaged(f"{str(value)[:40]!r} is not a time")
        while number > _LARGEST_SECONDS:
            number /= 1000
        return number
    if isinstance(value, str):
        text = value.strip().replace("Z", "+00:00").replace(" UTC", "+00:00").replace("/", "-")
        try:
            return _seconds(datetime.datetime.fromisoformat(_six_digits(text)))
        except ValueError as error:
            raise Damaged(f"{value[:40]!r} is not a time") from error
    raise Damaged(f"{str(value)[:40]!r} is not a time")


def _six_digits(text: str) -> str:
    """Python 3.10 reads fractions of three or six digits only, and zones only as `+00:00`."""
    whole, dot, rest = text.partition(".")
    if not dot:
        return text
    digits = len(rest) - len(rest.lstrip("0123456789"))
    zone = rest[digits:]
    if len(zone) == 3 and zone[0] in "+-":
        zone += ":00"
    return f"{whole}.{rest[:digits][:6]:0<6}{zone}"


def _seconds(value: datetime.datetime) -> float:
    seconds = (value if value.tzinfo is not None else value.replace(tzinfo=datetime.timezone.utc)).timestamp()
    if not 0 <= seconds <= _LARGEST_SECONDS:
        raise Damaged(f"{str(value)[:40]!r} is out of range for a time")
    return seconds


def text(value: Any) -> str | None:
    """A name; None where there is none."""
    return str(value) if value is not None and value != "" and not isinstance(value, (dict, list)) else None


def items(value: Any) -> Iterator[Any]:
    """The elements of a list that may be written as JSON text; nothing for what is no list."""
    found = nested(value)
    if isinstance(found, list):
        yield from found


def tier(value: Any) -> str:
    """The processing tier by the names that vendors and exporters use."""
    name = str(value or "").lower()
    if name in ("true", "1"):
        return "batch"
    return name if name in ("batch", "flex", "fast", "priority") else "standard"
