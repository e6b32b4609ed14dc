"""Putting a cache mark on the last stable block of a prompt, wherever that block is written."""

from __future__ import annotations

import dataclasses
import io
import re
import tokenize

from llmlint.callsite import CallSite, Segment
from llmlint.findings import Applicability, Edit, Fix
from llmlint.source import Span

MARK = '{"type": "ephemeral"}'
_MESSAGE = "Mark the last stable block with `cache_control`"
_MOST_MARKS = 4
_WIDEST = 100
# What may stand before a value that begins its line: `system=`, `"system": `, `request["system"] = `.
_STARTS_LINE = re.compile(r"""\s*(?:\w+\s*=|["']\w+["']\s*:|[\w.]+\[["']\w+["']\]\s*=)?\s*""")
_LINE_ENDS = (tokenize.NEWLINE, tokenize.NL)


def mark_prefix(call: CallSite, segment: Segment) -> Fix | None:
    """A fix that marks `segment`, the last one of the static prefix; None where it cannot be done in place."""
    if (
        sum(each.is_marked for each in call.prompt.segments) + call.prompt.has_top_level_mark >= _MOST_MARKS
        or call.provider != "anthropic"
    ):
        return None
    if segment.block_at is not None and segment.is_whole:
        return _mark_block(call, segment.block_at)
    if segment.value_at is None:
        return None
    fix = _wrap(call, segment.value_at) if segment.is_whole else _split(call, segment, segment.value_at)
    if fix is not None and _is_read_elsewhere(call, segment, segment.value_at):
        return dataclasses.replace(fix, applicability=Applicability.UNSAFE)
    return fix


def _is_read_elsewhere(call: CallSite, segment: Segment, at: Span) -> bool:
    """Whether a value that is an item of a dict may be read out of it again, as the string that it is no longer."""
    if at.path == call.span.path and call.span.start <= at.start < call.span.end:
        return False
    key = "system" if segment.kind == "system" else "content"
    reads = re.compile(rf"""\[\s*["']{key}["']\s*\](?!\s*=(?!=))|\.(?:get|pop|setdefault)\(\s*["']{key}["']""")
    return any(reads.search(call.request.program.source(path).text) for path in {at.path, call.span.path})


def _mark_block(call: CallSite, at: Span) -> Fix | None:
    """`{…}` → `{…, "cache_control": …}`."""
    # Only here does a codemod need a syntax tree; importing libcst is not cheap.
    from llmlint.fixes.dict_item import add_item

    edits = add_item(call.request.source(at), f'"cache_control": {MARK}')
    if edits is None:
        return None
    moved = tuple(Edit(Span(at.path, at.start + edit.start, at.start + edit.start), edit.text) for edit in edits)
    return Fix(Applicability.SAFE, _MESSAGE, moved)


def _wrap(call: CallSite, at: Span) -> Fix:
    """A string expression → a list with one marked block."""
    code = call.request.source(at)
    return Fix(Applicability.SAFE, _MESSAGE, (Edit(at, _blocks(call, at, [(code, True)])),))


def _split(call: CallSite, segment: Segment, at: Span) -> Fix | None:
    """A string with a static head and a changing tail → two blocks, of which the first is marked."""
    hole = segment.hole_at
    if hole is None or hole.path != at.path or not at.start <= hole.start < at.end:
        return None
    from llmlint.fixes.split_text import split_text

    parts = split_text(call.request.source(at), hole.start - at.start)
    if parts is None:
        return None
    # The API refuses a block without text: a tail that is only a hole may be empty.
    applicability = Applicability.SAFE if parts.tail_has_text else Applicability.UNSAFE
    return Fix(applicability, _MESSAGE, (Edit(at, _blocks(call, at, [(parts.head, True), (parts.tail, False)])),))


def _blocks(call: CallSite, at: Span, texts: list[tuple[str, bool]]) -> str:
    """A list of text blocks in the layout that fits: on one line, or one item a line as formatters write it.

    Where other arguments stand before it on its line, it stays on that line: only a formatter can break such a line well.
    """
    mark = f', "cache_control": {MARK}'
    single = ", ".join(f'{{"type": "text", "text": {code}{mark if is_marked else ""}}}' for code, is_marked in texts)
    source = call.request.program.source(at.path)
    line = source.line_text(at.start)
    before = line[: source.location(at.start).column - 1]
    is_narrow = len(line) - (at.end - at.start) + len(single) + 2 <= _WIDEST
    if "\n" not in single and (is_narrow or not _STARTS_LINE.fullmatch(before)):
        return f"[{single}]"
    indent = re.match(r"[ \t]*", line).group()  # type: ignore[union-attr]
    step = "\t" if indent.startswith("\t") else "    "
    lines = ["["]
    for code, is_marked in texts:
        moved = _indented(code, step * 2)
        lines += [f"{indent}{step}{{", f'{indent}{step * 2}"type": "text",', f'{indent}{step * 2}"text": {moved},']
        if is_marked:
            lines.append(f'{indent}{step * 2}"cache_control": {MARK},')
        lines.append(f"{indent}{step}}},")
    return source.newline.join([*lines, f"{indent}]"])


def _indented(code: str, by: str) -> str:
    """Code of several lines, moved to the right with its first line, unless a string in it goes over several lines."""
    # `newline=None` turns `\r\n` into `\n`, which changes no place of a token but those of line ends.
    tokens = tokenize.generate_tokens(io.StringIO(f"({code})", newline=None).readline)
    try:
        is_movable = all(token.start[0] == token.end[0] or token.type in _LINE_ENDS for token in tokens)
    except (tokenize.TokenError, SyntaxError):
        return code
    return re.sub(r"\n(?=[^\r\n])", f"\n{by}", code) if is_movable else code
