"""Putting what changes from call to call behind the text that stays the same, in a block of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmlint.callsite import Request
from llmlint.findings import Applicability, Edit, Fix
from llmlint.fixes.edits.request_readers import with_readers
from llmlint.fixes.prompt.cache_breakpoint import has_free_breakpoint, text_blocks
from llmlint.request_data import Gap, Segment
from llmlint.source import Span

if TYPE_CHECKING:
    from llmlint.fixes.edits.paragraphs import Paragraph

_MESSAGE = "Put what changes behind the static text, in a block of its own"
# Words that place other text before or behind them; who the model is comes first by custom, and the rest speaks to that person.
_POINTS_BACK = re.compile(r"\b(?:aforementioned|foregoing|preceding|above(?!\s+(?:all|average|\d|zero|an?\b)))\b", re.IGNORECASE)
_POINTS_AHEAD = re.compile(
    r"\b(?:below(?!\s+(?:average|\d|zero|an?\b))|following|as follows|these (?:rules|instructions))\b|:\s*$", re.IGNORECASE
)
_PERSONA = re.compile(r"^\W*(?:you(?:'re| are)|act as|your (?:name|role)|i am|i'm)\b", re.IGNORECASE)
_NEAR = 400
_TAG = re.compile(r"<(/?)([A-Za-z][\w-]*)(?![\w-])[^<>]*>")
_ENDS_SENTENCE = re.compile(r"[.!?:;\])}>\"'…*`-]\s*$")


@dataclass(frozen=True, slots=True)
class Reordered:
    """A fix, and how many characters of the known text come first after it."""

    fix: Fix
    static_chars: int


def put_last(call: Request, segment: Segment, changing: Sequence[Gap]) -> Reordered | None:
    """A fix that moves the paragraphs of a segment that hold `changing` parts behind those that do not; None where it has no paragraphs
    that can be moved, or is not written in one place.

    The static text gets a cache breakpoint. The words stay the same. Shown only where their order may carry meaning.
    """
    if not has_free_breakpoint(call):
        return None
    at = _written_at(call, segment)
    if at is None or any(gap.at.path != at.path or not at.start <= gap.at.start < at.end for gap in changing):
        return None
    # Only here does a codemod need a syntax tree; importing libcst is not cheap.
    from llmlint.fixes.edits.paragraphs import Prompt, joined

    try:
        prompt = Prompt(call.source(at), [gap.at.start - at.start for gap in changing])
    except ValueError:
        return None
    paragraphs = prompt.paragraphs()
    if len(paragraphs) == 1:
        paragraphs = _first_line_apart(prompt.paragraphs(1))
    last = max((index for index, each in enumerate(paragraphs) if not each.is_changing), default=-1)
    moved = [each for each in paragraphs[: last + 1] if each.is_changing]
    if not moved:
        return None
    static = [each for each in paragraphs if not each.is_changing]
    tail = [*moved, *paragraphs[last + 1 :]]
    source = call.program.source(at.path)
    line = source.line_text(at.start)
    layout = source.newline + re.match(r"[ \t]*", line).group()  # type: ignore[union-attr]
    breaks = moved[-1].border or 2
    codes = prompt.code(joined(static), layout), prompt.code(joined(tail), layout, leading=breaks)
    known_behind = "".join(gap.text for gap in segment.gaps)
    is_plain = not _speaks_of_place(segment, known_behind)
    is_plain = is_plain and not any(_carries_meaning(paragraphs, index) for index, each in enumerate(paragraphs) if each in moved)
    applicability = Applicability.UNSAFE if is_plain else Applicability.DISPLAY_ONLY
    edit = Edit(at, text_blocks(call, at, [(codes[0], True), (codes[1], False)]))
    known = len(segment.text) + segment.rest_chars
    message = _MESSAGE if is_plain else f"{_MESSAGE}; the text may rest on the place of what moves"
    fix = with_readers(call, Fix(applicability, message, (edit,)), segment)
    return Reordered(fix, known - sum(len(each.text) for each in tail))


def _written_at(call: Request, segment: Segment) -> Span | None:
    """Where a segment's string is written: in the argument itself, or bound to a name just before, for the argument alone."""
    at = segment.value_at
    if at is None:
        return None
    name = call.source(at)
    if not name.isidentifier():
        return at
    module = call.place.module
    if at.path != module.path or not call.is_in_function(at):
        return None
    point = call.place.point
    bindings = [each for each in module.facts.bindings if each.scope == point.scope and each.name == name]
    scope = module.scopes[point.scope]
    # Behind a name that is bound, or passed by keyword, stands a `=`.
    uses = re.findall(rf"(?<![\w.]){name}\b(?!\s*=(?!=))", call.program.source(module.path).text[scope.start : scope.end])
    if len(bindings) != 1 or len(uses) != 1 or bindings[0].kind != "assign" or bindings[0].annotation is not None:
        return None
    value = bindings[0].value
    return Span(at.path, value.start, value.end) if value is not None and not bindings[0].path else None


def _first_line_apart(lines: list[Paragraph]) -> list[Paragraph]:
    """Of text in one paragraph, the first line and the rest, where that line is a sentence or an entry of its own."""
    is_apart = len(lines) > 1 and lines[0].is_changing and _ENDS_SENTENCE.search(lines[0].text)
    return lines if is_apart and not any(line.is_changing for line in lines[1:]) else []


def points_ahead(text: str) -> bool:
    """Whether a text introduces what follows it."""
    return _POINTS_AHEAD.search(text) is not None


def _speaks_of_place(segment: Segment, behind: str) -> bool:
    """Whether the text behind speaks of something above it: in a message that may be its document, in a system prompt what comes just before."""
    return _POINTS_BACK.search(behind if segment.kind == "message" else behind[:_NEAR]) is not None


def _carries_meaning(paragraphs: Sequence[Paragraph], index: int) -> bool:
    """Whether other text speaks of where a paragraph stands, or the paragraph of where others do."""
    own = paragraphs[index].text
    before = "\n".join(each.text for each in paragraphs[:index])
    if _PERSONA.search(own) or _POINTS_AHEAD.search(own) or (index > 0 and _POINTS_BACK.search(own)):
        return True
    if _POINTS_AHEAD.search(before):
        return True
    opened = [(name, bool(slash)) for slash, name in _TAG.findall(own)]
    return any(opened.count((name, False)) != opened.count((name, True)) for name, _ in opened)
