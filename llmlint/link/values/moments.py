"""What of a moment an expression shows: a date or an hour changes seldom enough for a cache, a time of day does not."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence

from llmlint.scan import expressions as ex

# Attributes that change once an hour at the most.
DATE_ATTRIBUTES = frozenset(
    {"year", "month", "day", "hour", "quarter", "week", "day_of_week", "day_of_year", "dayofweek", "dayofyear", "week_of_year",
     "tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_wday", "tm_yday"}
)  # fmt: skip
_DATE_METHODS = frozenset(
    {"date", "weekday", "isoweekday", "isocalendar", "toordinal", "normalize", "day_name", "month_name", "to_date_string",
     "to_formatted_date_string", "to_day_date_string", "localdate"}
)  # fmt: skip
_DATE_FUNCTIONS = frozenset({"format_date", "naturalday"})
_ROUNDING = frozenset({"floor", "start_of", "round"})
_HOURS_AND_LONGER = frozenset({"hour", "day", "week", "month", "quarter", "year", "h", "H", "D", "d", "hours", "days"})
_ONE_HOUR = 3600
# `2026-11-26T14`, the longest start of an ISO text without minutes.
_ISO_HOUR = 13
# What gives a moment whose `str` is an ISO text.
_MOMENTS = frozenset({"now", "utcnow", "today", "fromtimestamp", "astimezone"})
_TOKENS_OF_MINUTES = re.compile(r"[msSXxA]|LT|LLL")

Find = Callable[[ex.Expr], str | None]


def is_date_format(pattern: str) -> bool:
    """Whether a `strftime` pattern shows a date or an hour, and neither minutes nor seconds."""
    directives = set(re.findall(r"%[-#EO]?([a-zA-Z])", pattern))
    return bool(directives) and not directives & set("MSfcXTRrs")


def _is_token_format(pattern: str) -> bool:
    """The same for the tokens of pendulum and arrow: `YYYY-MM-DD`, `dddd [at] H`."""
    plain = re.sub(r"\[[^\]]*\]|\\.", "", pattern)
    return re.search(r"[YMDdQWH]", plain) is not None and _TOKENS_OF_MINUTES.search(plain) is None


def moments_of_date(node: ex.Expr, text_of: Find, origin_of: Callable[[ex.Expr], ex.Expr]) -> Sequence[ex.Expr] | None:
    """The moments of which an expression shows no more than the date or hour: `now` of `now.strftime("%d %B")` and `now.year`.

    None where that is not so. `text_of` finds a constant text, `origin_of` what a name is bound to.
    """
    if isinstance(node, ex.Attribute):
        return (node.value,) if node.attr in DATE_ATTRIBUTES else None
    if isinstance(node, ex.FormattedValue):
        return (node.value,) if not node.is_plain and is_date_format(node.spec) else None
    if isinstance(node, ex.Subscript):
        return _of_start(node, origin_of)
    if isinstance(node, ex.Operation):
        by = node.operands[-1]
        is_slow = (
            node.operator == "//" and isinstance(by, ex.Constant) and isinstance(by.value, (int, float)) and by.value >= _ONE_HOUR
        )
        return (node.operands[0],) if is_slow else None
    if isinstance(node, ex.Call):
        return _of_call(node, text_of)
    return None


def _of_call(node: ex.Call, text_of: Find) -> Sequence[ex.Expr] | None:
    given = [argument.value for argument in node.args]
    name = ex.last_name(node.func) or ""
    if not isinstance(node.func, ex.Attribute):
        is_date = name in _DATE_FUNCTIONS or (name == "format" and len(given) > 1 and is_date_format(text_of(given[1]) or ""))
        return given[:1] if is_date else None
    moment = (node.func.value,)
    first = text_of(given[0]) if given else None
    if name in _DATE_METHODS:
        return moment
    if name in _DATE_FUNCTIONS:
        return given[:1]
    if name == "strftime":
        return moment if first is not None and is_date_format(first) else None
    if name == "format":
        own = text_of(node.func.value)
        if own is not None:
            return given if _shows_dates(own) else None
        return moment if first is not None and _is_token_format(first) else None
    if name in _ROUNDING:
        return moment if first in _HOURS_AND_LONGER else None
    if name == "replace":
        return moment if {"minute", "second", "microsecond"} <= {argument.keyword for argument in node.args} else None
    if name == "isoformat":
        precision = node.value("timespec", 1)
        return moment if precision is not None and text_of(precision) == "hours" else None
    return None


def is_unknown_format(node: ex.Expr, text_of: Find) -> bool:
    """Whether an expression shows a moment by a pattern that the source does not tell."""
    return (
        isinstance(node, ex.Call)
        and isinstance(node.func, ex.Attribute)
        and node.func.attr == "strftime"
        and bool(node.args)
        and text_of(node.args[0].value) is None
    )


def _shows_dates(template: str) -> bool:
    """Whether all fields of a `str.format` template show dates."""
    try:
        specifications = [spec for _, field, spec, _ in string.Formatter().parse(template) if field is not None]
    except ValueError:
        return False
    return bool(specifications) and all(is_date_format(spec or "") for spec in specifications)


def _of_start(node: ex.Subscript, origin_of: Callable[[ex.Expr], ex.Expr]) -> Sequence[ex.Expr] | None:
    """The moment whose ISO text a subscript takes the start of: `now.isoformat()[:10]`, `str(now).split()[0]`."""
    if isinstance(node.index, ex.Constant) and node.index.value == 0:
        taken = origin_of(node.value)
        if isinstance(taken, ex.Call) and isinstance(taken.func, ex.Attribute) and taken.func.attr in ("split", "partition"):
            return _moment_of_iso(origin_of(taken.func.value), origin_of)
        return None
    length = start_taken(node)
    return _moment_of_iso(origin_of(node.value), origin_of) if length is not None and length <= _ISO_HOUR else None


def start_taken(node: ex.Subscript) -> int | None:
    """How many characters `text[:n]` takes from the start."""
    parts = node.index.parts if isinstance(node.index, ex.Other) else ()
    bounds = [part.value for part in parts if isinstance(part, ex.Constant)]
    # `[:n]` ends with the number, `[n:]` with the colon.
    is_end = bool(parts) and parts[-1].end == node.end - 1 and len(bounds) == len(parts)
    last = bounds[-1] if bounds else None
    return last if is_end and isinstance(last, int) and last > 0 and bounds[:-1] in ([], [0]) else None


def _moment_of_iso(text: ex.Expr, origin_of: Callable[[ex.Expr], ex.Expr]) -> Sequence[ex.Expr] | None:
    if not isinstance(text, ex.Call):
        return None
    if isinstance(text.func, ex.Attribute):
        if text.func.attr in ("isoformat", "__str__"):
            return (text.func.value,)
        # A moment itself, of which `str` has made the text.
        return (text,) if text.func.attr in _MOMENTS else None
    if isinstance(text.func, ex.Name) and text.func.id == "str" and len(text.args) == 1:
        moment = origin_of(text.args[0].value)
        is_moment = not isinstance(moment, ex.Call) or ex.last_name(moment.func) in _MOMENTS
        return (text.args[0].value,) if is_moment else None
    return None


def shows_start_of_iso(node: ex.Subscript, origin: ex.Expr | None) -> bool:
    """Whether a subscript takes the date or hour from a text that comes from `origin`."""
    length = start_taken(node)
    return (
        origin is not None
        and length is not None
        and length <= _ISO_HOUR
        and _moment_of_iso(origin, lambda each: each) is not None
    )
