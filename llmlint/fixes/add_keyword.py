"""Adding a keyword argument to a call, in its layout."""

from __future__ import annotations

import re

from llmlint.callsite import Request
from llmlint.findings import Edit
from llmlint.scan.expressions import Argument, Call
from llmlint.source import Source, Span

# What may stand between the last argument and the end of a call.
_TAIL = re.compile(r"(?P<comma>[ \t]*,)?[ \t]*(?P<comment>#[^\r\n]*)?(?P<end>(?:[^\S \t]\s*)?\))")


def add_keyword(call: Request, keyword: str) -> tuple[Edit, ...] | None:
    """Edits that append `keyword` (`name=value`) to a call; None where it has no arguments in sight.

    The caller sees to it that no `**splat` has the name already.
    """
    # A method that is passed to something that runs it: the keyword joins those that it is passed with.
    whole = call.site if isinstance(call.site, Call) else call.place.module.outer_call.get(call.site)
    arguments = [*call.written.values(), *call.splats]
    if whole is None or not arguments or (whole is not call.site and not call.written):
        return None
    last = max(arguments, key=lambda argument: argument.end)
    path = call.span.path
    return append_argument(call.program.source(path), path, last, whole.end, keyword)


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
