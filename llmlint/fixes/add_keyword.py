"""Adding a keyword argument to a call, in its layout."""

from __future__ import annotations

import re

from llmlint.callsite import Request
from llmlint.findings import Edit
from llmlint.scan.expressions import Argument, Call, Mapping
from llmlint.source import Source, Span

_BODY = "extra_body={"
# What may stand between the last argument and the end of a call.
_TAIL = re.compile(r"(?P<comma>[ \t]*,)?[ \t]*(?P<comment>#[^\r\n]*)?(?P<end>(?:[^\S \t]\s*)?\))")


def add_keyword(call: Request, keyword: str) -> tuple[Edit, ...] | None:
    """Edits that append `keyword` (`name=value`) to a call; None where it has no arguments in sight.

    The caller sees to it that no `**splat` has the name already. An `extra_body={…}` that stands at the call takes the items of another.
    """
    if keyword.startswith(_BODY) and "extra_body" in call.written:
        return _add_to_body(call, call.written["extra_body"], keyword.removeprefix(_BODY).removesuffix("}"))
    # A method that is passed to something that runs it: the keyword joins those that it is passed with.
    whole = call.site if isinstance(call.site, Call) else call.place.module.outer_call.get(call.site)
    arguments = [*call.written.values(), *call.splats]
    if whole is None or not arguments or (whole is not call.site and not call.written):
        return None
    last = max(arguments, key=lambda argument: argument.end)
    path = call.span.path
    return append_argument(call.program.source(path), path, last, whole.end, keyword)


def has_closed_body(call: Request) -> bool:
    """Whether a call has an `extra_body` that is no dict display at the call, so that nothing can be added to it."""
    written = call.written.get("extra_body")
    return "extra_body" in call.fields.entries and (written is None or not isinstance(written.value, Mapping))


def _add_to_body(call: Request, body: Argument, item: str) -> tuple[Edit, ...] | None:
    from llmlint.fixes.dict_item import add_item  # Importing libcst is not cheap.

    path, start = call.span.path, body.value.start
    added = add_item(call.source(Span(path, start, body.value.end)), item)
    if added is None:
        return None
    return tuple(Edit(Span(path, start + each.start, start + each.start), each.text) for each in added)


def append_argument(source: Source, path: str, last: Argument, end: int, keyword: str) -> tuple[Edit, ...] | None:
    """Edits that put `keyword` behind the `last` argument of a call that ends at `end`."""
    tail = _TAIL.fullmatch(source.text[last.end : end])
    if tail is None:
        return None
    indent = re.match(r"[ \t]*", source.line_text(last.start)).group()  # type: ignore[union-attr]
    newline = re.match(r"\r\n|\n|\r", tail["end"])
    is_alone = source.location(last.start).column - 1 == len(indent)
    if newline is None or not is_alone:
        # All on one line, or more than one argument on the last one.
        if tail["comment"]:
            return None
        return (Edit(Span(path, last.end, last.end), f", {keyword}"),)
    line_end = last.end + tail.start("end")
    edits = [Edit(Span(path, line_end, line_end), f"{source.newline}{indent}{keyword},")]
    if not tail["comma"]:
        edits.insert(0, Edit(Span(path, last.end, last.end), ","))
    return tuple(edits)
