"""What a provider's file says about its SDK, and the reading that all of them share."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from llmlint.callsite import Prompt, Segment
from llmlint.link.request import Request
from llmlint.link.values import Entry, Hole, Items, Known, Literal, Record, Text, Value
from llmlint.source import Span


@dataclass(frozen=True, slots=True)
class Method:
    """A way to call: the attributes behind the client (`messages`, `create`), or a module's function.

    `names` are its positional parameters, for the few that take them.
    """

    path: tuple[str, ...]
    api: str
    is_streaming: bool = False
    takes_top_level_mark: bool = False
    names: tuple[str, ...] = ()
    is_batch: bool = False


@dataclass(frozen=True, slots=True)
class Client:
    """What one client class can do: batches, and a top-level cache mark."""

    takes_batches: bool = True
    takes_top_level_mark: bool = True


@dataclass(frozen=True, slots=True)
class Provider:
    """One SDK.

    `clients` by class name; `packages` are the top-level packages it is imported from; `methods` hang on a client, `functions` are
    called by qualified name. `is_request` says from its arguments alone whether a call of a method on an unknown receiver
    can only be an LLM request; `is_other` whether a call on a known client sends no prompt after all.
    """

    name: str
    packages: frozenset[str]
    clients: Mapping[str, Client]
    methods: tuple[Method, ...]
    is_request: Callable[[Request, Method], bool]
    read_prompt: Callable[[Request, Method], Prompt]
    functions: Mapping[str, Method] = field(default_factory=dict)
    is_other: Callable[[Request, Method], bool] = lambda request, method: False


REGISTRY: list[Provider] = []


def register(provider: Provider) -> Provider:
    REGISTRY.append(provider)
    return provider


# Prompts


def text_segment(kind: str, role: str, text: Text, is_marked: bool, value_at: Span | None, block_at: Span | None = None) -> Segment:
    head = text.stable_head
    hole = next((part.at for part in text.parts if isinstance(part, Hole)), None)
    is_whole = text.value is not None
    return Segment(kind, role, head, text.known_length - len(head), is_whole, is_marked, text.at, value_at, block_at, hole)


def unknown_segment(kind: str, role: str, at: Span, is_marked: bool = False) -> Segment:
    return Segment(kind, role, "", 0, False, is_marked, at)


def richest(values: Iterable[Value]) -> Value | None:
    """Of several values, the one with the most known text at its start: one path that is worth a finding is enough."""
    best, length = None, -1
    for value in values:
        size = _head_length(value)
        if size > length and not (isinstance(value, Literal) and value.value is None):
            best, length = value, size
    return best


def _head_length(value: Value) -> int:
    if isinstance(value, Text):
        return len(value.stable_head)
    if isinstance(value, Record):
        return sum(_head_length(v) for entry in value.entries.values() for v in entry.values[:1])
    if isinstance(value, Items):
        return sum(_head_length(v) for alternatives in value.items for v in alternatives[:1])
    return 0


def is_marked(block: Record) -> bool:
    entry = block.entries.get("cache_control")
    return entry is not None and not all(isinstance(value, Literal) and value.value is None for value in entry.values)


def entry_segments(kind: str, role: str, entry: Entry) -> list[Segment]:
    """The segments of a system prompt or of a message's content: a string, or a list of blocks."""
    content, at = richest(entry.values), entry.at
    if isinstance(content, Text):
        is_string = all(isinstance(value, Text) for value in entry.values)
        return [text_segment(kind, role, content, False, at if is_string else None)]
    if isinstance(content, Record):
        return [_block_segment(kind, role, content)]
    if not isinstance(content, Items):
        return [unknown_segment(kind, role, at)]
    segments: list[Segment] = []
    for alternatives in content.items:
        block = richest(alternatives)
        if isinstance(block, Record):
            segments.append(_block_segment(kind, role, block))
        elif isinstance(block, Text):
            segments.append(text_segment(kind, role, block, False, None))
        else:
            segments.append(unknown_segment(kind, role, at))
    if content.is_open or content.has_escaped:
        segments.append(unknown_segment(kind, role, content.at))
    return segments


def _block_segment(kind: str, role: str, block: Record) -> Segment:
    entry = block.entries.get("text")
    text = richest(entry.values) if entry is not None else None
    if isinstance(text, Text):
        return text_segment(kind, role, text, is_marked(block), None, block.at)
    return unknown_segment(kind, role, block.at, is_marked(block))


def message_segments(messages: Value | None, at: Span) -> list[Segment]:
    """The segments of a list of messages, with their roles."""
    if not isinstance(messages, Items):
        return [unknown_segment("message", "", at)]
    segments: list[Segment] = []
    for alternatives in messages.items:
        message = richest(alternatives)
        if not isinstance(message, Record):
            segments.append(unknown_segment("message", "", at))
            continue
        role = richest(message.entries["role"].values) if "role" in message.entries else None
        name = role.value or "" if isinstance(role, Text) else ""
        content = message.entries.get("content")
        kind = "system" if name in ("system", "developer") else "message"
        found = entry_segments(kind, name, content) if content is not None else [unknown_segment(kind, name, message.at)]
        if is_marked(message):
            found[-1:] = [dataclasses.replace(segment, is_marked=True) for segment in found[-1:]]
        segments.extend(found)
    if messages.is_open or messages.has_escaped:
        segments.append(unknown_segment("message", "", messages.at))
    return segments


def tool_segments(request: Request) -> list[Segment]:
    """Tool definitions as the JSON that is sent. What is not known of them counts nothing, and does not end the prefix: tools are
    made once in almost every program."""
    segments = []
    for tools in request.values("tools")[:1]:
        if isinstance(tools, Items):
            for alternatives in tools.items:
                tool = richest(alternatives)
                marked = isinstance(tool, Record) and is_marked(tool)
                text = json.dumps(plain(tool)) if isinstance(tool, (Record, Items)) else ""
                segments.append(Segment("tools", "", text, 0, True, marked, getattr(tool, "at", tools.at)))
        elif not isinstance(tools, Literal):
            segments.append(Segment("tools", "", "", 0, True, False, request.fields.entries["tools"].at))
    return segments


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


def may_be_marked(request: Request, fields: Sequence[str]) -> bool:
    """Whether code that cannot be seen through may have put a mark on the request."""
    if request.fields.has_escaped:
        return True
    return any(_is_hidden(value) for name in fields for value in request.values(name))


def _is_hidden(value: Value) -> bool:
    if isinstance(value, (Record, Items)):
        if value.has_escaped:
            return True
        inner = (
            [v for entry in value.entries.values() for v in entry.values]
            if isinstance(value, Record)
            else [v for alternatives in value.items for v in alternatives]
        )
        return any(_is_hidden(v) for v in inner)
    return False
