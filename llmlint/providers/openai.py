"""How requests of the OpenAI SDK are read."""

from __future__ import annotations

from llmlint.link.calls.arguments import CallArguments
from llmlint.link.values.alternatives import pick
from llmlint.link.values.values import Record, Text, Unknown, Value
from llmlint.providers.base import (
    Provider,
    alternatives,
    entry_segments,
    gaps_of,
    is_for_media,
    may_have_breakpoints,
    message_segments,
    no_prompt,
    register,
    tool_segments,
)
from llmlint.request_data import Gap, Prompt
from llmlint.sdks.openai import COMPACT, SDK, TEXT
from llmlint.sdks.shape import Method


def is_request(arguments: CallArguments, method: Method) -> bool:
    """Whether the arguments can only be those of a request. `chat.completions` has no other meaning in any SDK."""
    names = arguments.fields.entries
    if method.api == TEXT.api:
        return "prompt" in names and ("model" in names or "engine" in names)
    if method.api == "openai.chat":
        return bool(names) or arguments.fields.is_open
    sent = ("input", "previous_response_id") if method.api == COMPACT.api else ("input",)
    return any(name in names for name in sent) and ("model" in names or arguments.fields.is_open)


def is_other(arguments: CallArguments, method: Method) -> bool:
    """`responses.stream(response_id=…)` picks up the stream of an earlier request; others are answered with speech."""
    return ("response_id" in arguments.fields.entries and "input" not in arguments.fields.entries) or is_for_media(arguments)


def read_prompt(arguments: CallArguments, method: Method) -> Prompt:
    if method.api == TEXT.api:
        return no_prompt(arguments)
    segments = tool_segments(arguments)
    if arguments.has("instructions"):
        segments += entry_segments("system", "system", arguments.fields.entries["instructions"])
    name = "input" if "input" in arguments.fields.entries else "messages"
    if name in arguments.fields.entries:
        entry = arguments.fields.entries[name]
        value = pick(entry.values)
        is_text = isinstance(value, Text)
        segments += entry_segments("message", "user", entry) if is_text else message_segments(value, entry.at)
    has_alternatives, has_other_texts = alternatives(arguments, ("tools", "instructions", name))
    is_automatic = any(_caches_by_itself(value) for value in arguments.values("extra_body"))
    return Prompt(
        segments=tuple(segments),
        top_level_breakpoint=None,
        has_breakpoint=is_automatic or any(segment.has_breakpoint for segment in segments),
        may_have_breakpoints=is_automatic or may_have_breakpoints(arguments, ("tools", name)),
        has_alternatives=has_alternatives,
        has_other_texts=has_other_texts,
        has_cache_key=_has_cache_key(arguments),
        cache_key_gap=_cache_key_gap(arguments),
    )


def _caches_by_itself(value: Value, depth: int = 0) -> bool:
    """Whether a router is told to put the breakpoints: `{"cache_control": …}` (OpenRouter), `{"caching": "auto"}` (Vercel's gateway)."""
    if not isinstance(value, Record) or depth > 4:
        return False
    if "cache_control" in value.entries:
        return True
    caching = value.entries.get("caching")
    if caching is not None and any(isinstance(each, Text) and each.value == "auto" for each in caching.values):
        return True
    return any(_caches_by_itself(inner, depth + 1) for entry in value.entries.values() for inner in entry.values)


def _has_cache_key(arguments: CallArguments) -> bool:
    body = [value for value in arguments.values("extra_body") if isinstance(value, Record)]
    return arguments.has("prompt_cache_key") or any("prompt_cache_key" in record.entries for record in body)


def _cache_key_gap(arguments: CallArguments) -> Gap | None:
    """What changes most often in a cache key, where it has one value."""
    values = arguments.values("prompt_cache_key")
    if len(values) != 1:
        return None
    if isinstance(values[0], Unknown):
        return Gap(values[0].at, values[0].stability)
    return max(gaps_of(values[0]), key=lambda gap: gap.stability, default=None) if isinstance(values[0], Text) else None


register(Provider(SDK, is_request, read_prompt, is_other))
