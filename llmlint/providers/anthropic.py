"""How requests of the Anthropic SDK are read."""

from __future__ import annotations

from llmlint.link.calls.arguments import CallArguments
from llmlint.link.values.alternatives import pick
from llmlint.link.values.values import Record
from llmlint.providers.base import (
    Provider,
    alternatives,
    breakpoint_in,
    entry_segments,
    may_have_breakpoints,
    message_segments,
    no_prompt,
    register,
    tool_segments,
)
from llmlint.request_data import Prompt
from llmlint.sdks.anthropic import SDK, TEXT
from llmlint.sdks.shape import Method

_NOT_A_REQUEST = frozenset({"body", "to", "from_", "role", "thread_id", "requests", "media_url", "messaging_service_sid"})


def is_request(arguments: CallArguments, method: Method) -> bool:
    """Whether the arguments can only be those of a Messages request: a list of messages with a model or a token limit."""
    names = arguments.fields.entries
    if method is TEXT:
        return "prompt" in names and "max_tokens_to_sample" in names
    if names.keys() & _NOT_A_REQUEST:
        return False
    return "messages" in names and ("model" in names or "max_tokens" in names or arguments.fields.is_open)


def read_prompt(arguments: CallArguments, method: Method) -> Prompt:
    if method is TEXT:
        return no_prompt(arguments)
    segments = tool_segments(arguments)
    if arguments.has("system"):
        segments += entry_segments("system", "system", arguments.fields.entries["system"])
    if "messages" in arguments.fields.entries:
        segments += message_segments(pick(arguments.values("messages")), arguments.fields.entries["messages"].at)
    bodies = [value for value in arguments.values("extra_body") if isinstance(value, Record)]
    top_level = next(
        (breakpoint for record in (arguments.fields, *bodies) if (breakpoint := breakpoint_in(record)) is not None), None
    )
    has_alternatives, has_other_texts = alternatives(arguments, ("system", "tools", "messages"))
    return Prompt(
        segments=tuple(segments),
        top_level_breakpoint=top_level,
        has_breakpoint=top_level is not None or any(segment.has_breakpoint for segment in segments),
        may_have_breakpoints=may_have_breakpoints(arguments, ("system", "tools", "messages")),
        has_alternatives=has_alternatives,
        has_other_texts=has_other_texts,
        has_cache_key=False,
    )


register(Provider(SDK, is_request, read_prompt))
