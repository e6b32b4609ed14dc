"""How requests to Gemini are read: contents, with a system instruction and tools of the configuration or of the model's construction."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from llmlint.link.calls.arguments import CallArguments, read_arguments
from llmlint.link.calls.evaluator import evaluator_of
from llmlint.link.values.alternatives import is_certain, pick, richest
from llmlint.link.values.values import Entry, Items, Object, Record, Text, Value
from llmlint.providers.base import (
    Provider,
    alternatives,
    is_for_media,
    may_have_breakpoints,
    register,
    text_segment,
    tool_segments,
    unknown_segment,
)
from llmlint.request_data import Prompt, Segment, SegmentKind
from llmlint.scan.expressions import Attribute
from llmlint.sdks.google import SDK
from llmlint.sdks.shape import Method
from llmlint.source import Span

_SYSTEM = ("system_instruction", "systemInstruction")
_CONTENTS = ("contents", "message", "content")
_CACHED = ("cached_content", "cachedContent")
_WORDS = (b"genai", b"generativeai", b"vertexai", b"GenerativeModel", b"gemini")


def is_request(arguments: CallArguments, method: Method) -> bool:
    """Whether a call on an unknown receiver is one of Gemini: by its arguments, or by what its file speaks of."""
    names = arguments.fields.entries
    if method.path[-1].startswith("send_message"):
        return False
    if "contents" in names and ("model" in names or "config" in names):
        return True
    return bool(names) and bool(arguments.program.words_of(arguments.place.module.path, _WORDS))


def read_prompt(arguments: CallArguments, method: Method) -> Prompt:
    entries = arguments.fields.entries
    segments = tool_segments(arguments)
    for name in _SYSTEM:
        if arguments.has(name):
            segments += _segments(arguments, entries[name], "system", "system")
    contents = next((name for name in _CONTENTS if name in entries), None)
    if contents is not None:
        segments += _segments(arguments, entries[contents], "message", "user")
    if method.path[-1].startswith("send_message"):
        # The chat has the turns before it, which come first.
        at = arguments.place.span(arguments.site)
        segments.insert(len(segments) - 1 if contents is not None else len(segments), unknown_segment("message", "", at, None))
    has_alternatives, has_other_texts = alternatives(arguments, (*_SYSTEM, *_CONTENTS))
    is_cached = any(arguments.has(name) for name in _CACHED)
    return Prompt(
        segments=tuple(segments),
        top_level_breakpoint=None,
        has_breakpoint=is_cached,
        may_have_breakpoints=is_cached or may_have_breakpoints(arguments, _CONTENTS),
        has_alternatives=has_alternatives,
        has_other_texts=has_other_texts,
        has_cache_key=False,
    )


def _segments(arguments: CallArguments, entry: Entry, kind: SegmentKind, role: str) -> list[Segment]:
    is_sure = is_certain(entry.values)
    found = list(_of_content(arguments, pick(entry.bounded), kind, role, entry.at))
    return found if is_sure else [dataclasses.replace(segment, is_certain=False) for segment in found]


def _of_content(arguments: CallArguments, value: Value | None, kind: SegmentKind, role: str, at: Span) -> Iterator[Segment]:
    """The segments of a text, a part, a content with parts, or a list of any of them."""
    if isinstance(value, Text):
        yield text_segment(kind, role, value)
        return
    if isinstance(value, Items):
        for each in value.items:
            yield from _of_content(arguments, pick(each), kind, role, value.at)
        if value.is_open or value.has_escaped:
            yield unknown_segment(kind, "" if kind == "message" else role, value.at, None)
        return
    record = _record(arguments, value)
    if record is not None:
        name = richest(record.entries["role"].values) if "role" in record.entries else None
        role = (name.value or role) if isinstance(name, Text) and kind == "message" else role
        for key in ("parts", "text"):
            if key in record.entries:
                yield from _of_content(arguments, pick(record.entries[key].values), kind, role, record.entries[key].at)
                return
    yield unknown_segment(kind, role, at, value)


def _record(arguments: CallArguments, value: Value | None) -> Record | None:
    """A dict, or what `types.Content(…)` and `types.Part.from_text(…)` are made with."""
    if isinstance(value, Object) and value.call is not None and value.place is not None:
        is_text = isinstance(value.call.func, Attribute) and value.call.func.attr == "from_text"
        return read_arguments(
            evaluator_of(arguments.program), value.call, value.call.args, ("text",) if is_text else (), value.place
        ).fields
    return value if isinstance(value, Record) else None


def is_other(arguments: CallArguments, method: Method) -> bool:
    return is_for_media(arguments)


register(Provider(SDK, is_request, read_prompt, is_other))
