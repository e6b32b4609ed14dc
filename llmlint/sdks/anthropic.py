"""The Anthropic SDK (`anthropic` 0.3 to 2.14.0, signatures read on 2026-11-26): Messages, on every client class."""

from __future__ import annotations

from llmlint.sdks import instructor
from llmlint.sdks.shape import Api, BatchRows, Client, Method, Roles, Sdk

# Batches: `lib/bedrock/_client.py:78` and `lib/vertex/_client.py:421` raise, `lib/foundry.py:45` has None (anthropic 2.12.0).
# The top-level breakpoint is answered with 400 by the legacy Bedrock integration (prompt caching page, September 2026).
CLIENTS = {
    "Anthropic": Client(),
    "Client": Client(),
    "AnthropicBedrock": Client(takes_batches=False, takes_top_level_breakpoint=False),
    "AnthropicBedrockMantle": Client(takes_batches=False),
    "AnthropicVertex": Client(takes_batches=False),
    "AnthropicFoundry": Client(takes_batches=False),
    "AnthropicAWS": Client(),
    "AnthropicGoogleCloud": Client(),
    "Instructor": Client(takes_top_level_breakpoint=False),
}
CLIENTS |= {f"Async{name}": client for name, client in CLIENTS.items()}
MESSAGES = Api(batch="the Message Batches API", takes_breakpoints=True, tokenizer="claude-4.7")


def _method(*path: str, is_streaming: bool = False, takes_top_level_breakpoint: bool = True) -> Method:
    return Method(path, "anthropic.messages", is_streaming, takes_top_level_breakpoint)


# `messages.parse` has no `cache_control` keyword (`resources/messages/messages.py:1450`, anthropic 2.12.0).
METHODS = (
    _method("messages", "create"),
    _method("messages", "stream", is_streaming=True),
    _method("messages", "parse", takes_top_level_breakpoint=False),
    _method("messages", "create_with_completion", takes_top_level_breakpoint=False),
    _method("beta", "messages", "create"),
    _method("beta", "messages", "stream", is_streaming=True),
    _method("beta", "messages", "parse"),
    _method("beta", "messages", "tool_runner"),
    _method("beta", "prompt_caching", "messages", "create", takes_top_level_breakpoint=False),
)

# Text completions, in all versions up to 1.x: no messages, no cache, and no place in a batch.
TEXT = Method(("completions", "create"), "anthropic.completions", takes_batches=False)

# Each row of `requests=[Request(custom_id=…, params=MessageCreateParamsNonStreaming(…))]` is a request, whether it is sent by the SDK or by HTTP.
BATCH = Method(("messages", "batches", "create"), "anthropic.messages", takes_batches=False, is_batch=True)

SDK = Sdk(
    "anthropic",
    frozenset({"anthropic", "instructor"}),
    CLIENTS,
    (*METHODS, TEXT, *instructor.methods("anthropic.messages", METHODS)),
    {"anthropic.messages": MESSAGES, "anthropic.completions": Api(tokenizer="claude-4.7", takes_breakpoints=True)},
    roles=Roles(system=("system",)),
    vendor="anthropic",
    takes_fixes=True,
    rows=BatchRows("params", {"": BATCH}, frozenset({"Request"})),
)
