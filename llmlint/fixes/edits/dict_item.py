"""Adding an item to a dict display, in its layout and without losing a comment."""

from __future__ import annotations

import re
from dataclasses import dataclass

import libcst as cst

from llmlint.scan.libcst_parse import parse_in_brackets
from llmlint.scan.positions import offsets_of

_REST_OF_LINE = re.compile(r"[ \t]*(?:#[^\r\n]*)?(?=(\r\n|\n|\r))")


@dataclass(frozen=True, slots=True)
class Insertion:
    """Text to insert at an offset of the code."""

    start: int
    text: str


def add_item(code: str, item: str) -> tuple[Insertion, ...] | None:
    """What to insert into `code`, a dict display, so that `item` (`"key": value`) is its last item.

    The item gets a line of its own where the last one before it ends its line. None where the code is no display, an empty one, or one
    that has the key already.
    """
    parsed = parse_in_brackets(code)
    if parsed is None:
        return None
    module, display = parsed
    if not isinstance(display, cst.Dict) or not display.elements or len(display.lpar) > 1:
        return None
    key = item.partition(":")[0].strip("\"'")
    if any(isinstance(element, cst.DictElement) and _string(element.key) == key for element in display.elements):
        return None
    last = display.elements[-1]
    offsets = offsets_of(module)
    end = offsets.of(last.value)[1] - 1
    has_comma = isinstance(last.comma, cst.Comma)
    after = end + len(module.code_for_node(last.comma.whitespace_before)) + 1 if isinstance(last.comma, cst.Comma) else end
    rest = _REST_OF_LINE.match(code, after)
    if rest is None:
        return (Insertion(after, f"{' ' if has_comma else ', '}{item}"),)
    first = last.key if isinstance(last, cst.DictElement) else last.value
    line = code[: offsets.of(first)[0] - 1].splitlines()[-1]
    indent = line if not line.strip() else re.match(r"[ \t]*", line).group()  # type: ignore[union-attr]
    insertion = Insertion(rest.end(), f"{rest[1]}{indent}{item},")
    return (insertion,) if has_comma else (Insertion(end, ","), insertion)


def _string(key: cst.BaseExpression) -> object:
    """The value of a key that is a plain string."""
    return key.evaluated_value if isinstance(key, cst.SimpleString) else None
