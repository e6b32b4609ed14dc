"""Adding a keyword argument to a call, in its layout."""

from __future__ import annotations

import re

from llmlint.callsite import CallSite
from llmlint.findings import Applicability, Edit, Fix
from llmlint.source import Span

# What may stand between the last argument and the end of a call.
_TAIL = re.compile(r"(?P<comma>[ \t]*,)?[ \t]*(?P<comment>#[^\r\n]*)?(?P<end>\s*\))")


def add_keyword(call: CallSite, keyword: str, applicability: Applicability) -> Fix | None:
    """A fix that appends `keyword` (`name=value`) to a call; None unless all its arguments are keywords written there."""
    site = call.request.site
    arguments = list(call.request.arguments.values())
    if call.request.splats or not arguments or any(argument.keyword is None for argument in arguments):
        return None
    last = max(arguments, key=lambda argument: argument.end)
    source = call.request.program.source(call.span.path)
    tail = _TAIL.fullmatch(source.text[last.end : site.end])
    if tail is None:
        return None
    indent = re.match(r"[ \t]*", source.line_text(last.start)).group()  # type: ignore[union-attr]
    newline = re.match(r"\r?\n", tail["end"])
    path = call.span.path
    if newline is None or not source.text[: last.start].endswith(f"\n{indent}"):
        # All on one line, or more than one argument on the last one.
        if tail["comment"]:
            return None
        return Fix(applicability, f"Pass `{keyword}`", (Edit(Span(path, last.end, last.end), f", {keyword}"),))
    line_end = last.end + tail.start("end")
    edits = [Edit(Span(path, line_end, line_end), f"{newline[0]}{indent}{keyword},")]
    if not tail["comma"]:
        edits.insert(0, Edit(Span(path, last.end, last.end), ","))
    return Fix(applicability, f"Pass `{keyword}`", tuple(edits))
