"""How requests are read of which the SDK's data says all: a system prompt, a list of messages or a text, and tools, by the names of arguments."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from llmlint.link.calls.arguments import CallArguments
from llmlint.link.values.alternatives import pick
from llmlint.link.values.values import Text
from llmlint.providers.base import (
    Provider,
    alternatives,
    breakpoint_in,
    entry_segments,
    may_have_breakpoints,
    message_segments,
    tool_segments,
)
from llmlint.request_data import Prompt
from llmlint.sdks.shape import Method, Sdk


def is_request(sdk: Sdk, arguments: CallArguments, method: Method) -> bool:
    """Whether the arguments can only be those of a request: a model and messages, by a path of more than one name."""
    if sdk.is_described:
        return False  # Its methods may be called anything, so that only its class tells.
    names = arguments.fields.entries.keys()
    return len(method.path) > 1 and not names.isdisjoint(sdk.roles.model) and not names.isdisjoint(sdk.roles.messages)


def read_prompt(sdk: Sdk, arguments: CallArguments, method: Method) -> Prompt:
    """The prompt of a request, by the names of its arguments."""
    roles, entries = sdk.roles, arguments.fields.entries
    segments = tool_segments(arguments)
    for name in roles.system:
        if arguments.has(name):
            segments += entry_segments("system", "system", entries[name])
    given = [name for name in roles.messages if name in entries]
    for name in given[:1]:
        value = pick(entries[name].values)
        is_text = isinstance(value, Text)
        segments += entry_segments("message", "user", entries[name]) if is_text else message_segments(value, entries[name].at)
    has_alternatives, has_other_texts = alternatives(arguments, (*roles.system, *given))
    breakpoint = breakpoint_in(arguments.fields) if sdk.apis[method.api].takes_breakpoints else None
    return Prompt(
        segments=tuple(segments),
        top_level_breakpoint=breakpoint,
        has_breakpoint=breakpoint is not None or any(segment.has_breakpoint for segment in segments),
        may_have_breakpoints=may_have_breakpoints(arguments, (*roles.system, *roles.tools, *given)),
        has_alternatives=has_alternatives,
        has_other_texts=has_other_texts,
        has_cache_key=arguments.has("prompt_cache_key"),
    )


def provider_of(sdk: Sdk, read: Callable[[CallArguments, Method], Prompt] | None = None) -> Provider:
    """The provider of an SDK that has no module of its own, with the function of a plugin that reads its requests, if there is one."""
    return Provider(sdk, partial(is_request, sdk), read or partial(read_prompt, sdk))
