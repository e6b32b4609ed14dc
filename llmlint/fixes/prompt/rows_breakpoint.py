"""Caching what the rows of a batch start with: a breakpoint of an hour in each row, and one request ahead of the batch that writes the cache.

Rows run side by side, so that each of them may pay for a write, and a batch may take longer than the five minutes of the shorter lifetime. Behind a
request that has written the start for an hour, they read it.
"""

from __future__ import annotations

import re

from llmlint.callsite import Request
from llmlint.findings import Applicability, Edit, Fix
from llmlint.fixes.edits.style import style_of
from llmlint.fixes.prompt.cache_breakpoint import place_breakpoint, weaker
from llmlint.fixes.prompt.rereads import Rereads, rereads
from llmlint.link.calls.evaluator import evaluator_of
from llmlint.link.values.values import Items, Record, Text, Unknown
from llmlint.providers import find_call_sites
from llmlint.request_data import Segment
from llmlint.scan.expressions import Comprehension, Name, dotted_name
from llmlint.scan.facts import CallFact
from llmlint.source import Span

FEWEST_ROWS = 6
"""In fewer rows a write for an hour, at twice the price and outside of the batch, costs about as much as it saves."""

_SENDS = ("messages", "batches", "create")
_ROWS = "requests"
# A request that only fills the cache takes none of these: the API refuses them without an answer, or keeps another entry for them.
_NOT_AHEAD = ("stream", "thinking", "output_config", "output_format", "tool_choice")
# What may stand ahead of a call that is all of its statement, and behind it.
_HEAD = re.compile(r"(?:return[ \t]+|[\w.]+[ \t]*(?::[^=\r\n]+)?=[ \t]*)?(?:await[ \t]+)?")
_TAIL = re.compile(r"(?:\.\w+)*")


def fills_cache_alone(call: Request) -> bool:
    """Whether a request like that of a row can fill the cache without an answer."""
    return not any(call.has(name) and not (name == "thinking" and _is_off(call)) for name in _NOT_AHEAD)


def _is_off(call: Request) -> bool:
    """Whether a request says that the model does not think."""
    kinds = [
        value.entries["type"].values if isinstance(value, Record) and "type" in value.entries else ()
        for value in call.values("thinking")
    ]
    return bool(kinds) and all(
        values and all(isinstance(each, Text) and each.value == "disabled" for each in values) for values in kinds
    )


def cache_ahead(call: Request, segment: Segment) -> Fix | None:
    """A fix that marks `segment`, the last one of the static start of all rows, for an hour, and sends one of them ahead without an answer; None
    where that cannot be done in place."""
    if call.fields.is_open or not fills_cache_alone(call) or rereads(call, segment) is Rereads.NEVER:
        return None
    if not _is_start_of_all(call, segment):
        return None
    ahead = _request_ahead(call)
    if ahead is None:
        return None
    style = style_of(call.program.source(segment.at.path))
    items = (("type", "ephemeral"), ("ttl", "1h"))
    fix = place_breakpoint(
        call, segment, f"{{{', '.join(f'{style.string(key)}: {style.string(value)}' for key, value in items)}}}"
    )
    if fix is None:
        return None
    message = "Add `cache_control` of an hour to the last static block of each row, and write it ahead of the batch"
    return weaker(Fix(fix.applicability, message, (*fix.edits, ahead)), Applicability.UNSAFE)


def _is_start_of_all(call: Request, segment: Segment) -> bool:
    """Whether all rows of the file start with the same text for the same model."""
    rows = [site for site in find_call_sites(call.program, call.span.path) if site.requests[0].is_batch]
    if len(rows) != 1 or len({each.spelling for each in rows[0].models}) != 1:
        return False
    size = call.prompt.segments.index(segment) + 1
    starts = [request.prompt.segments[:size] for request in call.siblings()]
    is_known = all(each.is_certain for start in starts for each in start) and all(
        each.is_whole for start in starts for each in start[:-1]
    )
    return is_known and len({tuple(each.text for each in start) for start in starts}) == 1


def _request_ahead(call: Request) -> Edit | None:
    """The statement that sends the first row as an ordinary request, ahead of the only call of the file that sends its rows."""
    module = call.place.module
    source = call.program.source(module.path)
    found = [
        fact
        for fact in module.calls_by_tail.get(_SENDS[-1])
        if (dotted_name(fact.call.func) or "").endswith(f".{'.'.join(_SENDS)}")
    ]
    if len(found) != 1 or not _sends_list(call, found[0]):
        return None
    [fact] = found
    rows = fact.call.value(_ROWS)
    statement = _statement_around(call, Span(module.path, fact.call.start, fact.call.end))
    if statement is None or not isinstance(rows, Name):
        return None
    start, end = statement
    if not _HEAD.fullmatch(source.text[start : fact.call.start]) or not _TAIL.fullmatch(source.text[fact.call.end : end]):
        return None
    line_start = source.text.rfind("\n", 0, start) + 1
    indent = source.text[line_start:start]
    style = style_of(source)
    client = (dotted_name(fact.call.func) or "").removesuffix(f".{'.'.join(_SENDS)}")
    params, limit = style.string("params"), style.string("max_tokens")
    lines = (
        f"if {rows.id}:  # writes the cache that the rows read",
        f"{style.step}{'await ' if fact.is_awaited else ''}{client}.messages.create(**{{**{rows.id}[0][{params}], {limit}: 0}})",
    )
    text = "".join(f"{indent}{line}{source.newline}" for line in lines)
    return Edit(Span(module.path, line_start, line_start), text)


def _statement_around(call: Request, at: Span) -> tuple[int, int] | None:
    """Where the statement around a call starts and ends, if it stands alone on its lines."""
    # Importing libcst is not cheap.
    import libcst as cst

    from llmlint.fixes.edits.tree import tree_of

    tree = tree_of(call.program, at.path)
    node = tree.find(at, cst.Call) if tree is not None else None
    statement = tree.statement_of(node) if tree is not None and node is not None else None
    return tree.offsets.of(statement.body[0]) if tree is not None and statement is not None else None


def _sends_list(call: Request, fact: CallFact) -> bool:
    """Whether the rows that a call sends are a list by a name, which can be looked into, and all that it takes."""
    rows = fact.call.value(_ROWS)
    if not isinstance(rows, Name) or len(fact.call.args) != 1:
        return False
    evaluator = evaluator_of(call.program)
    values = evaluator.evaluate(rows, evaluator.place(call.place.module, fact.scope, fact.block, fact.order))
    return bool(values) and all(
        isinstance(each, Items)
        or (isinstance(each, Unknown) and isinstance(each.expression, Comprehension) and each.expression.kind == "list")
        for each in values
    )
