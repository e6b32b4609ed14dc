"""Calls that send a request for each item of an argument, side by side: `chain.batch(inputs)`, `litellm.batch_completion(messages=…)`."""

from __future__ import annotations

from llmlint.findings import Confidence
from llmlint.link.calls.arguments import CallArguments
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.repeats.item_count import known_items
from llmlint.link.values.iterations import taken_from
from llmlint.link.values.place import Place
from llmlint.link.values.values import Items, Unknown, Value
from llmlint.request_data import FanOut, FanOutKind
from llmlint.scan import expressions as ex

KIND: FanOutKind = "batch-call"

# From so many items on it is bulk work; a chain that asks a handful of questions for one answer has fewer.
_MANY = 10
# Readers of data: what comes of them has as many items as the data.
_DATA = frozenset(
    {
        "read_csv", "read_json", "read_parquet", "read_excel", "read_sql", "read_sql_query", "read_sql_table", "read_table", "read_ndjson",
        "load_dataset", "load_from_disk", "readlines", "DictReader", "fetchall",
    }
)  # fmt: skip
_SAME_ROWS = frozenset(
    {"tolist", "to_list", "iterrows", "itertuples", "to_dict", "dropna", "unique", "values", "sort_values", "astype"}
)
_DEEPEST = 8


def own_fan_out(evaluator: Evaluator, arguments: CallArguments, name: str) -> FanOut | None:
    """The fan-out of a call over the items of one of its arguments, where these are known to be many."""
    values = arguments.values(name)
    found = [_count(evaluator, value) for value in values]
    if not values or any(count is None for count in found):
        return None
    known = [count for count in found if count is not None and count >= 0]
    if known and max(known) < _MANY:
        return None
    items = max(known) if len(known) == len(found) else None
    return FanOut(KIND, True, items, arguments.place.span(arguments.site), Confidence.MEDIUM)


def _count(evaluator: Evaluator, value: Value) -> int | None:
    """How many items a list has; -1 for as many as some data has, None where neither is known."""
    if isinstance(value, Items) and not value.is_open and not value.has_escaped:
        return len(value.items)
    if not isinstance(value, Unknown) or value.expression is None or value.place is None:
        return None
    expression, place = value.expression, value.place
    if isinstance(expression, ex.Comprehension):
        loop = place.module.blocks[expression.block]
        count = known_items(evaluator, place.module, loop.scope, loop, place.frame)
        return count if count is not None else -1 if _is_data(evaluator, expression.iterables[0], place) else None
    return -1 if _is_data(evaluator, expression, place) else None


def _is_data(evaluator: Evaluator, expression: ex.Expr, place: Place, depth: int = 0) -> bool:
    """Whether something is the rows of a file, a table or a dataset, or a column of them."""
    if depth > _DEEPEST:
        return False
    expression, _ = taken_from(expression, ())
    if isinstance(expression, (ex.Attribute, ex.Subscript)):
        is_part = isinstance(expression, ex.Subscript) and not isinstance(expression.index, (ex.Constant, ex.Name))
        return not is_part and _is_data(evaluator, expression.value, place, depth + 1)
    if isinstance(expression, ex.Call):
        tail = ex.last_name(expression.func)
        if tail in _DATA:
            return True
        is_same = tail in _SAME_ROWS and isinstance(expression.func, ex.Attribute)
        return (
            is_same and isinstance(expression.func, ex.Attribute) and _is_data(evaluator, expression.func.value, place, depth + 1)
        )
    if not isinstance(expression, ex.Name):
        return False
    values = evaluator.evaluate(expression, place)
    return bool(values) and all(
        isinstance(value, Unknown)
        and value.expression is not None
        and value.expression is not expression
        and _is_data(evaluator, value.expression, value.place or place, depth + 1)
        for value in values
    )
