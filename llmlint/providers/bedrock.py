"""How requests of boto3 to Bedrock are read: Converse, and InvokeModel with the body of the model's own API."""

from __future__ import annotations

import dataclasses

from llmlint.link.calls.arguments import CallArguments
from llmlint.link.values.alternatives import pick
from llmlint.link.values.values import Entry, Items, Record, Value
from llmlint.providers import anthropic
from llmlint.providers.base import Provider, alternatives, entry_segments, may_have_breakpoints, message_segments, register
from llmlint.request_data import Breakpoint, Prompt, Segment, SegmentKind
from llmlint.sdks.bedrock import SDK
from llmlint.sdks.shape import Method
from llmlint.source import Span

_POINT = "cachePoint"
_SERVICE = b"bedrock-runtime"


def is_request(arguments: CallArguments, method: Method) -> bool:
    """Whether the arguments can only be those of a request: `modelId` is no other API's word. Others may have a method `converse`, too."""
    if "modelId" in arguments.fields.entries:
        return True
    is_open = arguments.fields.is_open
    return is_open and (
        method.path[-1] != "converse" or bool(arguments.program.words_of(arguments.place.module.path, (_SERVICE,)))
    )


def is_other(arguments: CallArguments, method: Method) -> bool:
    """InvokeModel also makes embeddings and pictures."""
    body = arguments.fields.entries.keys()
    if "textGenerationConfig" in body:
        return False
    return not body.isdisjoint({"inputText", "texts", "taskType", "text_prompts", "input_type"})


def read_prompt(arguments: CallArguments, method: Method) -> Prompt:
    if method.api == "bedrock.invoke":
        return anthropic.read_prompt(arguments, method)
    entries = arguments.fields.entries
    segments = [segment for name in ("system",) if name in entries for segment in _blocks("system", "system", entries[name])]
    if "messages" in entries:
        segments += _messages(pick(entries["messages"].values), entries["messages"].at)
    fields = ("system", "messages", "toolConfig")
    has_alternatives, has_other_texts = alternatives(arguments, fields)
    return Prompt(
        segments=tuple(segments),
        top_level_breakpoint=None,
        has_breakpoint=any(segment.has_breakpoint for segment in segments),
        may_have_breakpoints=may_have_breakpoints(arguments, fields),
        has_alternatives=has_alternatives,
        has_other_texts=has_other_texts,
        has_cache_key=False,
    )


def _messages(value: Value | None, at: Span) -> list[Segment]:
    """The segments of a list of messages, with the points in their contents as breakpoints."""
    if not isinstance(value, Items) or not all(isinstance(pick(each), Record) for each in value.items):
        return message_segments(value, at)
    segments: list[Segment] = []
    for alternatives_ in value.items:
        alone = dataclasses.replace(value, items=(alternatives_,), is_open=False, has_escaped=False)
        message = pick(alternatives_)
        content = message.entries.get("content") if isinstance(message, Record) else None
        found = message_segments(alone, at)
        kind, role = (found[0].kind, found[0].role) if found else ("message", "")
        segments += _blocks(kind, role, content) if content is not None else found
    if value.is_open or value.has_escaped:
        segments += message_segments(dataclasses.replace(value, items=()), at)
    return segments


def _blocks(kind: SegmentKind, role: str, entry: Entry) -> list[Segment]:
    """The segments of a list of blocks. A point is the breakpoint of the block ahead of it."""
    segments = entry_segments(kind, role, entry)
    blocks = pick(entry.values)
    if not isinstance(blocks, Items) or len(segments) < len(blocks.items):
        return segments
    kept: list[Segment] = []
    for segment, each in zip(segments, blocks.items, strict=False):
        block = pick(each)
        if isinstance(block, Record) and _POINT in block.entries:
            if kept:
                kept[-1] = dataclasses.replace(kept[-1], breakpoint=Breakpoint(block.at, len(each) == 1))
        else:
            kept.append(segment)
    return kept + segments[len(blocks.items) :]


register(Provider(SDK, is_request, read_prompt, is_other))
