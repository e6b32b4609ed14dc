"""Whether a text that would become a block of its own can be empty: the API answers 400 to a cache breakpoint on an empty block."""

from __future__ import annotations

import re

from llmlint.callsite import Request
from llmlint.link.values.values import Literal, Text, Value
from llmlint.request_data import Segment
from llmlint.scan.expressions import Constant

# `system or ""`, `RULES if strict else ""`, `prompts.get(kind, "")`.
_EMPTY = re.compile(r"""(?:\b(?:or|else)\s+|(?:\.get|getenv|getattr)\([^()]*,\s*)(?:""|''|None)[)\s]*$""")


def may_be_empty(call: Request, segment: Segment) -> bool:
    """Whether the text of a segment is empty on one of the call paths, or where the source says so: `system or ""`, a default of "" or None.

    A text with a known part that does not change is never empty.
    """
    if segment.value_at is None:
        return False
    code = call.source(segment.value_at)
    parameter = call.parameter(code) if call.is_in_function(segment.value_at) else None
    if parameter is not None and isinstance(parameter.default, Constant) and not parameter.default.value:
        return True
    if _EMPTY.search(code):
        return True
    paths = call.siblings()
    if segment.kind == "system" and any(_is_empty(value) for each in paths for value in each.values("system")):
        return True
    same = (each for path in paths for each in path.prompt.segments if each.value_at == segment.value_at)
    return any(each.is_whole and not each.text.strip() for each in same)


def _is_empty(value: Value) -> bool:
    """Whether an argument is a text of white space, or None, for which the request has no text at all."""
    if isinstance(value, Literal):
        return value.value is None
    return isinstance(value, Text) and value.value is not None and not value.value.strip()
