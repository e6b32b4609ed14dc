"""Adding a keyword argument to a call, in its layout."""

from __future__ import annotations

import re

from llmlint.callsite import CallSite
from llmlint.findings import Applicability, Edit, Fix
from llmlint.source import Span


def add_keyword(call: CallSite, keyword: str, applicability: Applicability) -> Fix | None:
    """A fix that appends `keyword` (`name=value`) to a call; None unless all its arguments are keywords written there."""
    site = call.request.site
    arguments = list(call.request.arguments.values())
    if call.request.splats or not arguments or any(argument.keyword is None for argument in arguments):
        return None
    last = max(arguments, key=lambda argument: argument.end)
    source = call.request.program.source(call.span.path)
    tail = source.text[last.end : site.end]
    if re.fullmatch(r"\s*,?\s*\)", tail) is None:
        return None
    comma = tail.find(",")
    indent = re.match(r"[ \t]*", source.line_text(last.start)).group()  # type: ignore[union-attr]
    is_own_line = source.text[: last.start].endswith(f"\n{indent}")
    if "\n" in tail and is_own_line:
        newline = "\r\n" if "\r\n" in tail else "\n"
        at = last.end + comma + 1 if comma >= 0 else last.end
        text = f"{'' if comma >= 0 else ','}{newline}{indent}{keyword}{',' if comma >= 0 else ''}"
    else:
        at, text = last.end, f", {keyword}"
    return Fix(applicability, f"Pass `{keyword}`", (Edit(Span(call.span.path, at, at), text),))
