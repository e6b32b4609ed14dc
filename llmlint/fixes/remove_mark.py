"""Taking a cache mark away: the item of a dict display, or the keyword argument of a call, that it is the value of."""

from __future__ import annotations

import re

from llmlint.callsite import CallSite, Mark
from llmlint.findings import Edit
from llmlint.source import Span

_NAME = re.compile(r"""(?:(?P<quote>["'])cache_control(?P=quote)\s*:|\bcache_control\s*=)\s*$""")
_REACH = 200


def remove_mark(call: CallSite, mark: Mark) -> Edit | None:
    """An edit that deletes a mark with its key; None where it is not written as `"cache_control": …` or `cache_control=…`."""
    text = call.request.program.source(mark.at.path).text
    first = max(0, mark.at.start - _REACH)
    name = _NAME.search(text[first : mark.at.start])
    if name is None:
        return None
    start, end = first + name.start(), mark.at.end
    before, after = text[:start].rstrip(), text[end:]
    comma = re.match(r"\s*,", after)
    line_start = text.rfind("\n", 0, start) + 1
    if comma is not None:
        end += comma.end()
        rest = re.match(r"[ \t]*(\r?\n|$)", text[end:])
        if rest is not None and not text[line_start:start].strip():
            return Edit(Span(mark.at.path, line_start, end + rest.end()), "")
        return Edit(Span(mark.at.path, start, end + len(re.match(r"[ \t]*", text[end:]).group())), "")  # type: ignore[union-attr]
    if before.endswith(","):
        return Edit(Span(mark.at.path, len(before) - 1, end), "")
    return Edit(Span(mark.at.path, start, end), "")
