"""The Anthropic SDK (`anthropic` 0.3 to 2.12.0, signatures read on 2026-11-22): Messages, on every client class."""

from __future__ import annotations

from llmlint.link.calls.arguments import CallArguments
from llmlint.link.values.alternatives import pick
from llmlint.link.values.values import Record
from llmlint.providers import instructor
from llmlint.providers.base import (
    Client,
    Method,
    Provider,
    alternatives,
    entry_segments,
    mark_in,
    may_be_marked,
    message_segments,
    no_prompt,
    register,
    tool_segments,
)
from llmlint.request_data import Prompt

# Batches: `lib/bedrock/_client.py:78` and `lib/vertex/_client.py:421` raise, `lib/foundry.py:45` has None (anthropic 2.12.0).
# The top-level mark is answered with 400 by the legacy Bedrock integration (prompt caching page, September 2026).
CLIENTS = {
    "Anthropic": Client(),
    "Client": Client(),
    "AnthropicBedrock": Client(takes_batches=False, takes_top_level_mark=False),
    "AnthropicBedrockMantle": Client(takes_batches=False),
    "AnthropicVertex": Client(takes_batches=False),
    "AnthropicFoundry": Client(takes_batches=False),
    "AnthropicAWS": Client(),
    "AnthropicGoogleCloud": Client(),
    "Instructor": Client(takes_top_level_mark=False),
}
CLIENTS |= {f"Async{name}": client for name, client in CLIENTS.items()}


def _method(*path: str, is_streaming: bool = False, takes_top_level_mark: bool = True) -> Method:
    return Method(path, "anthropic.messages", is_streaming, takes_top_level_mark)


# `messages.parse` has no `cache_control` keyword (`resources/messages/messages.py:1450`, anthropic 2.12.0).
METHODS = (
    _method("messages", "create"),
    _method("messages", "stream", is_streaming=True),
    _method("messages", "parse", takes_top_level_mark=False),
    _method("messages", "create_with_completion", takes_top_level_mark=False),
    _method("beta", "messages", "create"),
    _method("beta", "messages", "stream", is_streaming=True),
    _method("beta", "messages", "parse"),
    _method("beta", "messages", "tool_runner"),
    _method("beta", "prompt_caching", "messages", "create", takes_top_level_mark=False),
)

# Text completions, in all versions up to 1.x: no messages, no cache, and no place in a batch.
_TEXT = Method(("completions", "create"), "anthropic.completions", takes_batches=False)

_NOT_A_REQUEST = frozenset({"body", "to", "from_", "role", "thread_id", "requests", "media_url", "messaging_service_sid"})


def is_request(arguments: CallArguments, method: Method) -> bool:
    """Whether the arguments can only be those of a Messages request: a list of messages with a model or a token limit."""
    names = arguments.fields.entries
    if method is _TEXT:
        return "prompt" in names and "max_tokens_to_sample" in names
    if names.keys() & _NOT_A_REQUEST:
        return False
    return "messages" in names and ("model" in names or "max_tokens" in names or arguments.fields.is_open)


def read_prompt(arguments: CallArguments, method: Method) -> Prompt:
    if method is _TEXT:
        return no_prompt(arguments)
    segments = tool_segments(arguments)
    if arguments.has("system"):
        segments += entry_segments("system", "system", arguments.fields.entries["system"])
    if "messages" in arguments.fields.entries:
        segments += message_segments(pick(arguments.values("messages")), arguments.fields.entries["messages"].at)
    bodies = [value for value in arguments.values("extra_body") if isinstance(value, Record)]
    top_level = next((mark for record in (arguments.fields, *bodies) if (mark := mark_in(record)) is not None), None)
    has_alternatives, has_other_texts = alternatives(arguments, ("system", "tools", "messages"))
    return Prompt(
        segments=tuple(segments),
        top_level_mark=top_level,
        is_marked=top_level is not None or any(segment.is_marked for segment in segments),
        may_be_marked=may_be_marked(arguments, ("system", "tools", "messages")),
        has_alternatives=has_alternatives,
        has_other_texts=has_other_texts,
        has_cache_key=False,
    )


register(
    Provider(
        "anthropic",
        frozenset({"anthropic", "instructor"}),
        CLIENTS,
        (*METHODS, _TEXT, *instructor.methods("anthropic.messages", METHODS)),
        is_request,
        read_prompt,
    )
)
