"""How requests of LlamaIndex's models are read: a text, or a list of `ChatMessage(role=…, content=…)`."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.link.calls.arguments import CallArguments, read_arguments
from llmlint.link.calls.evaluator import evaluator_of
from llmlint.link.values.alternatives import pick
from llmlint.link.values.values import Entry, External, Items, Object, Text, Unknown, Value
from llmlint.providers.base import (
    Provider,
    alternatives,
    entry_segments,
    may_have_breakpoints,
    register,
    unknown_segment,
)
from llmlint.request_data import Prompt, Segment
from llmlint.scan.expressions import last_name
from llmlint.sdks.llama_index import SDK
from llmlint.sdks.shape import Method
from llmlint.source import Span

_ROLES = frozenset({"system", "developer", "user", "assistant"})
_SENT = ("messages", "prompt")


def is_request(arguments: CallArguments, method: Method) -> bool:
    """Whether a call on an unknown receiver sends messages to a model: a list with one of LlamaIndex's messages in it."""
    given = [value for value in arguments.values("messages") if isinstance(value, Items)]
    return any(_is_message(each) for items in given for values in items.items for each in values)


def read_prompt(arguments: CallArguments, method: Method) -> Prompt:
    entries = arguments.fields.entries
    segments = entry_segments("system", "system", entries["system_prompt"]) if arguments.has("system_prompt") else []
    name = next((name for name in _SENT if name in entries), None)
    if name is not None:
        segments += _sent(arguments, entries[name])
    has_alternatives, has_other_texts = alternatives(arguments, ("system_prompt", *_SENT))
    return Prompt(
        segments=tuple(segments),
        top_level_breakpoint=None,
        has_breakpoint=False,
        may_have_breakpoints=may_have_breakpoints(arguments, _SENT),
        has_alternatives=has_alternatives,
        has_other_texts=has_other_texts,
        has_cache_key=False,
    )


def _sent(arguments: CallArguments, entry: Entry) -> list[Segment]:
    value = pick(entry.values)
    if isinstance(value, Text):
        return entry_segments("message", "user", entry)
    if not isinstance(value, Items):
        return [unknown_segment("message", "", entry.at, value)]
    segments = [segment for each in value.items for segment in _message(arguments, pick(each), value.at)]
    return [*segments, unknown_segment("message", "", value.at, None)] if value.is_open or value.has_escaped else segments


def _message(arguments: CallArguments, value: Value | None, at: Span) -> Iterator[Segment]:
    """The segments of one message."""
    if not isinstance(value, Object) or not _is_message(value) or value.call is None or value.place is None:
        yield unknown_segment("message", "", at, value if isinstance(value, Unknown) else None)
        return
    names = ("content", "role") if last_name(value.call.func) == "from_str" else ("role", "content")
    fields = read_arguments(evaluator_of(arguments.program), value.call, value.call.args, names, value.place).fields
    role = _role(pick(fields.entries["role"].values)) if "role" in fields.entries else "user"
    if "content" in fields.entries:
        yield from entry_segments("system" if role in ("system", "developer") else "message", role, fields.entries["content"])
    else:
        yield unknown_segment("message", role, value.place.span(value.call), None)


def _role(value: Value | None) -> str:
    """A role by its text or its constant: `"system"`, `MessageRole.SYSTEM`."""
    name = (
        value.value if isinstance(value, Text) else value.name.rpartition(".")[2].lower() if isinstance(value, External) else None
    )
    return name if name in _ROLES else ""


def _is_message(value: Value) -> bool:
    return (
        isinstance(value, Object)
        and isinstance(value.of, str)
        and value.of.startswith("llama_index")
        and "ChatMessage" in value.of
    )


register(Provider(SDK, is_request, read_prompt))
