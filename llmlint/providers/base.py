"""What a provider's file says about its SDK, and the reading that all of them share."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from llmlint.link.calls.arguments import CallArguments
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.flow.history import can_set_breakpoints
from llmlint.link.values.alternatives import is_certain, pick, richest
from llmlint.link.values.values import Entry, External, Items, Known, Literal, Record, Text, Unknown, Value, stability_of
from llmlint.providers.hosts import Host
from llmlint.request_data import Breakpoint, Gap, Prompt, Segment, SegmentKind, Stability
from llmlint.scan.expressions import Constant, Name, Operation, walk
from llmlint.sdks.shape import Client, Method, Sdk
from llmlint.source import Span


@dataclass(frozen=True, slots=True)
class Resolved:
    """Which API a call of a common method leads to, whose host that is, and whose models it serves. `models` are those that its address names."""

    api: str
    host: Host
    vendor: str | None
    models: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Provider:
    """One SDK, with how its requests are read.

    `is_request` says from its arguments alone whether a call of a method on an unknown receiver
    can only be an LLM request; `is_other` whether a call on a known client sends no prompt after all. `resolve` is for methods that are not an
    LLM's alone: from the arguments it says which API is called, or None where it is none.
    """

    sdk: Sdk
    is_request: Callable[[CallArguments, Method], bool]
    read_prompt: Callable[[CallArguments, Method], Prompt]
    is_other: Callable[[CallArguments, Method], bool] = lambda arguments, method: False
    resolve: Callable[[Evaluator, CallArguments, Method], Resolved | None] | None = None

    @property
    def name(self) -> str:
        return self.sdk.name

    @property
    def packages(self) -> frozenset[str]:
        return self.sdk.packages

    @property
    def clients(self) -> Mapping[str, Client]:
        return self.sdk.clients

    @property
    def methods(self) -> tuple[Method, ...]:
        return self.sdk.methods

    @property
    def functions(self) -> Mapping[str, Method]:
        return self.sdk.functions


REGISTRY: list[Provider] = []
"""The providers of all SDKs, in the order in which these are tried."""

WITH_MODULE: dict[str, Provider] = {}
"""The providers that a module of this package makes, by the names of their SDKs."""


def register(provider: Provider) -> None:
    """Make a module's provider known, in whichever order modules are imported."""
    WITH_MODULE[provider.name] = provider


# gemini-2.5-flash-image, gemini-2.5-flash-preview-tts, gpt-image-1
_MEDIA_MODEL = re.compile(r"-(?:image|tts)(?:-|\Z)")
_CONFIGURATIONS = ("config", "generation_config", "generationConfig", "request", "json", "data", "content", "body")
_MODALITIES = ("response_modalities", "responseModalities", "modalities")

# Prompts


def text_segment(
    kind: SegmentKind,
    role: str,
    text: Text,
    breakpoint: Breakpoint | None = None,
    value_at: Span | None = None,
    block_at: Span | None = None,
) -> Segment:
    gaps = tuple(gaps_of(text))
    return Segment(kind, role, text.stable_head, gaps, not gaps, text.at, breakpoint, value_at, block_at)


def gaps_of(text: Text) -> Iterator[Gap]:
    """What is not known of a text, in order."""
    gap: Gap | None = None
    for part in text.parts:
        if not isinstance(part, Known):
            if gap is not None:
                yield gap
            gap = Gap(part.at, part.stability)
        elif gap is not None:
            gap = dataclasses.replace(gap, text=gap.text + part.text)
    if gap is not None:
        yield gap


def unknown_segment(
    kind: SegmentKind,
    role: str,
    at: Span,
    value: Value | None,
    breakpoint: Breakpoint | None = None,
    block_at: Span | None = None,
) -> Segment:
    """A segment of which nothing is known but how often `value` changes."""
    stability = value.stability if isinstance(value, Unknown) else Stability.UNKNOWN
    return Segment(kind, role, "", (Gap(at, stability),), False, at, breakpoint, None, block_at)


def breakpoint_in(block: Record) -> Breakpoint | None:
    """The cache breakpoint on a block, message, tool or request."""
    entry = block.entries.get("cache_control")
    if entry is None or all(isinstance(value, Literal) and value.value is None for value in entry.values):
        return None
    is_certain = entry.is_certain and all(isinstance(value, Record) for value in entry.values)
    lifetimes = {_lifetime(value) for value in entry.values}
    return Breakpoint(entry.at, is_certain, lifetimes.pop() if len(lifetimes) == 1 else None)


# In minutes; without `ttl` it is the shorter one.
_LIFETIMES = {"5m": 5, "1h": 60}


def _lifetime(breakpoint: Value) -> int | None:
    if not isinstance(breakpoint, Record) or breakpoint.is_open or breakpoint.has_escaped:
        return None
    entry = breakpoint.entries.get("ttl")
    if entry is None:
        return _LIFETIMES["5m"]
    found = {_LIFETIMES.get(value.value or "") if isinstance(value, Text) else None for value in entry.values}
    return found.pop() if len(found) == 1 else None


def entry_segments(kind: SegmentKind, role: str, entry: Entry) -> list[Segment]:
    """The segments of a system prompt or of a message's content: a string, or a list of blocks."""
    content, at = pick(entry.bounded), entry.at
    is_sure = is_certain(entry.values)
    if isinstance(content, Text):
        are_strings = [_is_string(value) for value in entry.values]
        segment = text_segment(kind, role, content, value_at=at if False not in are_strings else None)
        return [dataclasses.replace(segment, is_surely_text=all(are_strings), is_certain=is_sure)]
    if isinstance(content, Record):
        return [_block_segment(kind, role, content, is_sure)]
    if not isinstance(content, Items):
        return [unknown_segment(kind, role, at, content)]
    segments: list[Segment] = []
    for alternatives in content.items:
        block = pick(alternatives)
        is_sure_block = is_sure and is_certain(alternatives)
        if isinstance(block, Record):
            segments.append(_block_segment(kind, role, block, is_sure_block))
        elif isinstance(block, Text):
            segments.append(dataclasses.replace(text_segment(kind, role, block), is_certain=is_sure_block))
        else:
            segments.append(unknown_segment(kind, role, at, block))
    if content.is_open or content.has_escaped:
        segments.append(unknown_segment(kind, role, content.at, None))
    return segments


def _is_string(value: Value) -> bool | None:
    """Whether a value is a string; None for a parameter that may be one, as it says or as nothing denies."""
    if isinstance(value, Text):
        return True
    if not isinstance(value, Unknown) or not isinstance(value.expression, Name) or value.place is None:
        return False
    parameter = value.place.module.parameter(value.place.point.scope, value.expression.id)
    if parameter is None:
        return False
    if parameter.annotation is None:
        return None
    names = {node.id for node in walk(parameter.annotation) if isinstance(node, Name)}
    names |= {node.value for node in walk(parameter.annotation) if isinstance(node, Constant) and isinstance(node.value, str)}
    return True if names == {"str"} and not isinstance(parameter.annotation, Operation) else None if "str" in names else False


def _block_segment(kind: SegmentKind, role: str, block: Record, is_sure: bool) -> Segment:
    breakpoint = breakpoint_in(block)
    entry = block.entries.get("text")
    text = pick(entry.values) if entry is not None else None
    if isinstance(text, Text) and entry is not None:
        segment = text_segment(kind, role, text, breakpoint, None, block.at)
        return dataclasses.replace(segment, is_certain=is_sure and is_certain(entry.values))
    segment = unknown_segment(kind, role, block.at, text or _worst(block), breakpoint, block.at)
    return segment if entry is None else dataclasses.replace(segment, gaps=(dataclasses.replace(segment.gaps[0], at=entry.at),))


def _worst(block: Record) -> Value | None:
    """Of the values in a block that is no text (an image, a document), the one that changes most often."""
    found = [value for entry in block.entries.values() for value in entry.values]
    nested = [_worst(value) if isinstance(value, Record) else value for value in found]
    return max((value for value in nested if isinstance(value, Unknown)), key=stability_of, default=None)


def message_segments(messages: Value | None, at: Span) -> list[Segment]:
    """The segments of a list of messages, with their roles."""
    if not isinstance(messages, Items):
        return [unknown_segment("message", "", at, messages)]
    segments: list[Segment] = []
    for alternatives in messages.items:
        message = pick(alternatives)
        if not isinstance(message, Record):
            segments.append(unknown_segment("message", "", at, message))
            continue
        role = richest(message.entries["role"].values) if "role" in message.entries else None
        name = role.value or "" if isinstance(role, Text) else ""
        content = message.entries.get("content")
        kind: SegmentKind = "system" if name in ("system", "developer") else "message"
        found = entry_segments(kind, name, content) if content is not None else [unknown_segment(kind, name, message.at, None)]
        breakpoint = breakpoint_in(message)
        if breakpoint is not None:
            found[-1:] = [dataclasses.replace(segment, breakpoint=breakpoint) for segment in found[-1:]]
        is_sure = is_certain(alternatives)
        segments.extend(each if is_sure else dataclasses.replace(each, is_certain=False) for each in found)
    if messages.is_open or messages.has_escaped:
        segments.append(unknown_segment("message", "", messages.at, None))
    return segments


def is_for_media(arguments: CallArguments) -> bool:
    """Whether a request asks for a picture or for speech, whose price is not that of text: on each path that leads to it."""
    if any(len(arguments.values(name)) > 1 for name in _CONFIGURATIONS):
        return False
    nested = [value for value in arguments.values("generationConfig") if isinstance(value, Record)]
    entries = [record.entries[name] for record in (arguments.fields, *nested) for name in _MODALITIES if name in record.entries]
    named = {name.lower() for entry in entries if len(entry.values) == 1 for name in _names_in(entry.values[0])}
    models = [value for name in ("model", "model_name") for value in arguments.values(name)]
    is_maker = bool(models) and all(isinstance(value, Text) and _MEDIA_MODEL.search(value.value or "") for value in models)
    return is_maker or arguments.has("audio") or not named.isdisjoint({"image", "audio"})


def _names_in(value: Value) -> Iterator[str]:
    """The texts of a list, and the names of its constants: `["IMAGE"]`, `[types.Modality.IMAGE]`."""
    for each in value.items if isinstance(value, Items) else ():
        for alternative in each:
            if isinstance(alternative, Text):
                yield alternative.value or ""
            elif isinstance(alternative, External):
                yield alternative.name.rpartition(".")[2]


def no_prompt(arguments: CallArguments) -> Prompt:
    """The prompt of a request in a form of which no part can be cached."""
    return Prompt(
        (),
        None,
        has_breakpoint=False,
        may_have_breakpoints=True,
        has_alternatives=True,
        has_other_texts=False,
        has_cache_key=False,
    )


def with_more_messages(prompt: Prompt, at: Span, may_have_breakpoints: bool) -> Prompt:
    """The prompt of a call that sends a history, of which the source shows only how it starts."""
    segments = prompt.segments
    if all(segment.role for segment in segments if segment.kind == "message"):
        segments = (*segments, unknown_segment("message", "", at, None))
    return dataclasses.replace(
        prompt, segments=segments, may_have_breakpoints=prompt.may_have_breakpoints or may_have_breakpoints
    )


def tool_segments(arguments: CallArguments) -> list[Segment]:
    """Tool definitions as the JSON that is sent. What is not known of them counts nothing, and does not end the prefix: tools are
    made once in almost every program."""
    segments = []
    for tools in arguments.values("tools")[:1]:
        if isinstance(tools, Items):
            for alternatives in tools.items:
                tool = richest(alternatives)
                at = getattr(tool, "at", tools.at)
                is_record = isinstance(tool, Record)
                text = json.dumps(plain(tool)) if isinstance(tool, (Record, Items)) else ""
                gaps = tuple(_tool_gaps(tool, at))
                breakpoint = breakpoint_in(tool) if isinstance(tool, Record) else None
                segments.append(Segment("tools", "", text, gaps, True, at, breakpoint, None, at if is_record else None))
            if tools.is_open or tools.has_escaped:
                segments.append(_unknown_tools(tools.at))
        elif not isinstance(tools, Literal):
            is_drawn = stability_of(tools) is Stability.VOLATILE
            segments.append(_unknown_tools(arguments.fields.entries["tools"].at, is_drawn=is_drawn))
    return segments


def _unknown_tools(at: Span, *, is_drawn: bool = False) -> Segment:
    """`is_drawn`: other ones for each request, or in another order, as `random.sample` gives them."""
    return Segment("tools", "", "", (Gap(at, Stability.VOLATILE if is_drawn else Stability.UNKNOWN),), not is_drawn, at)


def _tool_gaps(value: Value | None, at: Span) -> Iterator[Gap]:
    """What is not known of a tool definition."""
    if isinstance(value, Text):
        yield from gaps_of(dataclasses.replace(value, parts=tuple(part for part in value.parts if not isinstance(part, Known))))
    elif isinstance(value, (Record, Items)):
        if value.is_open or value.has_escaped:
            yield Gap(value.at, Stability.UNKNOWN)
        for alternatives in _inside(value):
            if len(alternatives) > 1:
                yield Gap(at, max(stability_of(each) for each in alternatives))
            else:
                yield from _tool_gaps(alternatives[0] if alternatives else None, at)
    elif not isinstance(value, Literal):
        yield Gap(
            value.at if isinstance(value, Unknown) else at, value.stability if isinstance(value, Unknown) else Stability.UNKNOWN
        )


def plain(value: Value | None) -> object:
    """A value as JSON could hold it; what is not known is an empty string."""
    if isinstance(value, Text):
        return "".join(part.text for part in value.parts if isinstance(part, Known))
    if isinstance(value, Literal):
        return value.value if isinstance(value.value, (int, float, bool, str, type(None))) else ""
    if isinstance(value, Record):
        return {key: plain(richest(entry.values)) for key, entry in value.entries.items() if key != "cache_control"}
    if isinstance(value, Items):
        return [plain(richest(alternatives)) for alternatives in value.items]
    return ""


def may_have_breakpoints(arguments: CallArguments, fields: Sequence[str]) -> bool:
    """Whether code that cannot be seen through may have put a breakpoint on the request."""
    if arguments.fields.has_escaped:
        return True
    is_hidden = any(_is_hidden(value) for name in fields for value in arguments.values(name))
    return is_hidden and can_set_breakpoints(arguments.program, arguments.place.module)


def alternatives(arguments: CallArguments, fields: Sequence[str]) -> tuple[bool, bool]:
    """Whether a part of the request can be one of several things, and whether one can be one of several known texts."""
    several = [values for name in fields for values in _several(arguments.values(name))]
    are_texts = [all(isinstance(value, Text) and value.value is not None for value in values) for values in several]
    return not all(are_texts), any(are_texts)


def _several(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    if len(values) > 1 and not all(isinstance(value, Unknown) for value in values):
        yield values
    for value in values:
        for inner in _inside(value):
            yield from _several(inner)


def _inside(value: Value) -> list[tuple[Value, ...]]:
    if isinstance(value, Record):
        return [entry.values for entry in value.entries.values()]
    return list(value.items) if isinstance(value, Items) else []


def _is_hidden(value: Value) -> bool:
    if isinstance(value, (Record, Items)):
        if value.has_escaped:
            return True
        return any(_is_hidden(inner) for alternatives in _inside(value) for inner in alternatives)
    return False
