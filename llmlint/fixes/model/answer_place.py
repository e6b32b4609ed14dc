"""Reading an answer by the type of its blocks: once a model thinks, its answer may begin with a block that has no text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from llmlint.callsite import Request
from llmlint.findings import Edit
from llmlint.fixes.edits.style import is_in_string, style_of
from llmlint.fixes.model.answer_reads import untyped_reads
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding
from llmlint.source import Source, Span

_BY_PLACE = re.compile(r"(?<!\w)(?P<name>\w*)\)?(?P<read>\.content\[-?\d+\](?P<text>\.text\b)?)")
_SENT = r"\s*=\s*\(?\s*(?:await\s+)?[\w.]+\.(?:create|parse)\("
_MOST_FILES = 40
_BEFORE = "next(block.text for block in "


class Unread(Exception):
    """An answer whose blocks are read by their place where that cannot be changed; the text says where."""


def read_by_type(call: Request) -> list[Edit]:
    """`answer.content[0].text` → the text of the first block that has one. Raises Unread where a read by place would be left."""
    path, site = call.span.path, call.site
    source = call.program.source(path)
    text = source.text
    if call.is_streaming and call.method.endswith("create") and (delta := re.search(r"\.delta\.text\b", text)):
        raise Unread(f"`.delta.text` is read in line {source.location(delta.start()).line}")
    start, end = site.start, site.end
    awaited, closed = re.search(r"\(\s*await\s+$", text[:start]), re.match(r"\s*\)", text[end:])
    if awaited is not None and closed is not None:
        start, end = awaited.start(), end + closed.end()
    direct = re.match(r"\.content\[-?\d+\]\.text\b", text[end:])
    if direct is not None and not is_in_string(source, start):
        return [Edit(Span(path, start, start), _BEFORE), Edit(Span(path, end, end + direct.end()), _behind(source))]
    module, point = call.place.module, call.place.point
    holder = module.holders.get(site) if isinstance(site, ex.Call) else None
    name = holder.name if isinstance(holder, Binding) and not holder.path else None
    scope = module.scopes[point.scope]
    edits: list[Edit] = []
    for each in _BY_PLACE.finditer(text, scope.start, scope.end) if name is not None else ():
        if each["name"] != name:
            continue
        if not each["text"] or is_in_string(source, each.start()):
            raise Unread(f"line {source.location(each.start()).line} reads `{each['name']}{each['read']}`")
        edits.append(Edit(Span(path, each.start(), each.start()), _BEFORE))
        edits.append(Edit(Span(path, *each.span("read")), _behind(source)))
    if name is None or _goes_on(text[scope.start : scope.end], name):
        own = (scope.start, scope.end)
        for other, match in chain(_reads_elsewhere(call, edits), untyped_reads(call, own)):
            where = f"line {other.location(match.start()).line}"
            raise Unread(f"{where if other is source else f'{other.path}, {where}'} reads `{match.group().lstrip(')').strip()}`")
    return edits


def _behind(source: Source) -> str:
    return f".content if block.type == {style_of(source).string('text')})"


def _goes_on(scope: str, name: str) -> bool:
    """Whether an answer, or all its blocks, get to other code: returned, passed, kept, or looked at one by one."""
    bare = re.search(rf"(?<![\w.\"']){name}\b(?!\s*(?:[.\[]|=(?!=)))", scope)
    whole = rf"(?<![\w.\"']){name}\.(?:content\b(?!\s*\[-?\d)|model_dump\w*\(|(?:to_)?(?:dict|json)\()"
    return bare is not None or re.search(whole, scope) is not None


def _reads_elsewhere(call: Request, edits: list[Edit]) -> Iterator[tuple[Source, re.Match[str]]]:
    """The reads by place that may be of the answer, as they are not of the answer of a call beside them."""
    changed = {edit.span.start for edit in edits}
    program = call.program
    paths = [call.span.path, *program.files_with(b".content[", call.place.module)]
    for path in list(dict.fromkeys(paths))[:_MOST_FILES]:
        if program.module(path) is None:
            continue
        source = program.source(path)
        for match in _BY_PLACE.finditer(source.text):
            is_own = path == call.span.path and match.start("read") in changed
            if not is_own and not _is_of_a_call(source.text, match):
                yield source, match


def _is_of_a_call(text: str, read: re.Match[str]) -> bool:
    """Whether what is read is the answer of an LLM call beside it: of a name that holds one, or of the call itself."""
    if not read.group().startswith((")", f"{read['name']})")):
        return re.search(rf"\b{read['name']}{_SENT}", text) is not None if read["name"] else False
    depth, start = 0, read.start("read")
    while start > 0:
        start -= 1
        depth += {")": 1, "(": -1}.get(text[start], 0)
        if depth == 0:
            break
    return re.search(r"\.(?:create|parse)$", text[:start].rstrip()) is not None
