"""Adding a keyword argument to a call, in its layout."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from llmlint.callsite import Request
from llmlint.findings import Edit
from llmlint.fixes.edits.line_length import line_length
from llmlint.fixes.edits.style import is_in_string, style_of
from llmlint.scan.expressions import Argument, Call, Mapping
from llmlint.source import Source, Span

_BODY = "extra_body={"
# What may stand ahead of a call on its line where the line can be broken in its brackets.
_HEAD = re.compile(r"[ \t]*(?:(?:return|yield|with|async with)[ \t]+|[^=(){}\"'#\r\n]+=[ \t]*)?(?:await[ \t]+)?")
# What may stand between the last argument and the end of a call.
_TAIL = re.compile(r"(?P<comma>[ \t]*,)?[ \t]*(?P<comment>#[^\r\n]*)?(?P<end>(?:[^\S \t]\s*)?\))")


def add_keyword(call: Request, keyword: str, beside: Sequence[Edit] = ()) -> tuple[Edit, ...] | None:
    """Edits that append `keyword` (`name=value`) to a call; None where it has no arguments in sight.

    `beside` are other edits of the same fix. The caller sees to it that no `**splat` has the name already. An `extra_body={…}` that stands at
    the call takes the items of another.
    """
    if keyword.startswith(_BODY) and "extra_body" in call.written:
        return _add_to_body(call, call.written["extra_body"], keyword.removeprefix(_BODY).removesuffix("}"))
    # A method that is passed to something that runs it: the keyword joins those that it is passed with.
    whole = call.site if isinstance(call.site, Call) else call.place.module.outer_call.get(call.site)
    arguments = [*call.written.values(), *call.splats]
    if whole is None or not arguments or (whole is not call.site and not call.written):
        return None
    ordered = sorted(arguments, key=lambda argument: argument.end)
    path = call.span.path
    source = call.program.source(path)
    wrapped = None
    if whole is call.site:
        wrapped = _wrapped(call, source, whole.start, whole.end, ordered, keyword) or _spread(
            call, source, whole.end, ordered, keyword
        )
    if wrapped is not None and any(_meet(each, other) for each in wrapped for other in beside):
        wrapped = None
    exploded = _exploded(call, source, whole.end, ordered, keyword) if wrapped is None and whole is call.site else []
    if exploded and not any(_meet(each, other) for each in exploded for other in beside):
        return tuple(exploded)
    return wrapped or append_argument(source, path, ordered[-1], whole.end, keyword)


def _wrapped(
    call: Request, source: Source, start: int, end: int, arguments: list[Argument], keyword: str
) -> tuple[Edit, ...] | None:
    """Edits that append a keyword to a call on one line that would be too long with it, and break the line in the brackets of the call: all
    arguments on one line where they fit, else each on its own. None where that is not needed, or not plain."""
    text, path, first, last = source.text, call.span.path, arguments[0], arguments[-1]
    line_start = text.rfind("\n", 0, start) + 1
    line = source.line_text(start).rstrip("\r\n")
    width = line_length(call.program, path)
    opening, closing = text[start : first.start], text[last.end : end]
    is_plain = _HEAD.fullmatch(text[line_start:start]) and opening.endswith("(") and closing in (")", ",)", ", )")
    if not is_plain or "\n" in text[start:end] or len(line) + len(keyword) + len(", ") <= width or is_in_string(source, start):
        return None
    indent = re.match(r"[ \t]*", line).group()  # type: ignore[union-attr]
    inner = source.newline + indent + style_of(source).step
    edits = [Edit(Span(path, first.start, first.start), inner)]
    if len(inner.expandtabs(4)) + (last.end - first.start) + len(keyword) + 1 <= width:
        return (*edits, Edit(Span(path, last.end, end - 1), f", {keyword}{source.newline}{indent}"))
    between = _each_on_its_line(text, path, arguments, inner)
    return (
        (*edits, *between, Edit(Span(path, last.end, end - 1), f",{inner}{keyword},{source.newline}{indent}"))
        if between
        else None
    )


def _spread(call: Request, source: Source, end: int, arguments: list[Argument], keyword: str) -> tuple[Edit, ...] | None:
    """Edits that append a keyword to arguments that stand on one line between the brackets of a call, where that line would be too long with it:
    each gets a line of its own. None where that is not needed, or not plain."""
    text, path, first, last = source.text, call.span.path, arguments[0], arguments[-1]
    line = source.line_text(first.start).rstrip("\r\n")
    indent = re.match(r"[ \t]*", line).group()  # type: ignore[union-attr]
    closing = re.fullmatch(r"(?P<comma>,?)[ \t]*(?P<end>\s*\))", text[last.end : end])
    is_plain = source.location(first.start).column - 1 == len(indent) and "\n" not in text[first.start : last.end]
    if not is_plain or closing is None or "\n" not in closing["end"] or is_in_string(source, first.start):
        return None
    if len(line.rstrip(" \t,").expandtabs(4)) + len(f", {keyword}") <= line_length(call.program, path):
        return None
    inner = source.newline + indent
    between = _each_on_its_line(text, path, arguments, inner)
    at_end = last.end + len(closing["comma"])
    return (*between, Edit(Span(path, last.end, at_end), f",{inner}{keyword},")) if between is not None else None


def _each_on_its_line(text: str, path: str, arguments: list[Argument], inner: str) -> list[Edit] | None:
    """Edits that put each argument but the first on a line of its own; None where more than a comma stands between two of them."""
    if any(text[before.end : after.start].strip(" \t") != "," for before, after in pairwise(arguments)):
        return None
    return [Edit(Span(path, before.end, after.start), f",{inner}") for before, after in pairwise(arguments)]


def _exploded(call: Request, source: Source, end: int, arguments: list[Argument], keyword: str) -> list[Edit]:
    """Edits that append a keyword to arguments that share a line of their own, and give each a line, as it would be too long; none otherwise."""
    text, path, first, last = source.text, call.span.path, arguments[0], arguments[-1]
    start = text.rfind("\n", 0, first.start) + 1
    line, indent = source.line_text(first.start).rstrip("\r\n"), text[start : first.start]
    is_alone = (
        not indent.strip()
        and "\n" not in text[first.start : last.end]
        and re.fullmatch(r",?[ \t]*\r?\n\s*\)", text[last.end : end])
    )
    gaps = [Span(path, before.end, after.start) for before, after in pairwise(arguments)]
    if (
        not is_alone
        or len(line) + len(keyword) + len(", ") <= line_length(call.program, path)
        or is_in_string(source, first.start)
    ):
        return []
    if any(text[gap.start : gap.end].strip(" \t") != "," for gap in gaps):
        return []
    edits = [Edit(gap, f",{source.newline}{indent}") for gap in gaps]
    comma = "" if text[last.end] == "," else ","
    at = last.end + (not comma)
    return [*edits, Edit(Span(path, at, at), f"{comma}{source.newline}{indent}{keyword},")]


def _meet(edit: Edit, other: Edit) -> bool:
    """Whether an edit overlaps another, or lies at the start of what that takes away."""
    if edit.span.path != other.span.path:
        return False
    if edit.span.start == edit.span.end:
        return not other.text and other.span.start <= edit.span.start < other.span.end
    return edit.span.start < other.span.end and other.span.start < edit.span.end


def has_closed_body(call: Request) -> bool:
    """Whether a call has an `extra_body` that is no dict display at the call, so that nothing can be added to it."""
    written = call.written.get("extra_body")
    return "extra_body" in call.fields.entries and (written is None or not isinstance(written.value, Mapping))


def _add_to_body(call: Request, body: Argument, item: str) -> tuple[Edit, ...] | None:
    from llmlint.fixes.edits.dict_item import add_item  # Importing libcst is not cheap.

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
