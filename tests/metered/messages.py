"""The Messages API: a request in, a message with its usage out, whole or as server-sent events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from llmlint.catalog import Model
from metered.account import Account
from metered.answers import Answer, Tool, Wish, answer
from metered.bill import Tokens
from metered.cache import place_top_level
from metered.errors import ApiError, invalid
from metered.prompt import Block, blocks_of, digest, ttl_of
from metered.rules import THINKS_BY_DEFAULT, check, model_of

ERRORED = "[[errored]]"
"""A prompt with this word is refused: 400 when sent alone, an errored row in a batch."""


def create(account: Account, request: Any, *, batch: bool = False) -> tuple[dict[str, Any], Answer]:
    """Answer a request: the message, and what it says. Raises ApiError. A row of a batch writes to the cache when its wave is through."""
    message, reply, visit = prepare(account, request, batch=batch)
    account.begin(visit)
    return message, reply


def prepare(account: Account, request: Any, *, batch: bool = False) -> tuple[dict[str, Any], Answer, Any]:
    """The same without waiting and without leaving anything in the cache yet: message, answer, and the visit to publish."""
    check(request)
    model = model_of(account.settings.catalog, request["model"], account.settings.today)
    if model.vendor != "anthropic":
        raise ApiError(404, "not_found_error", f"model: {request['model']}")
    check(request, model)
    blocks = blocks_of(request)
    text = text_of(blocks)
    if ERRORED in text:
        raise invalid(f"the prompt has the word {ERRORED}")
    if (ttl := ttl_of(request.get("cache_control"))) is not None and not any(block.mark for block in blocks[-1:]):
        blocks = place_top_level(blocks, ttl)
    visit = account.cache.look_up(blocks, model, _seeds(request))
    reply = answer(blocks, _wish(request, model), model)
    tokens = account.charge("batch" if batch else "messages", model, visit, reply, text, request, half=batch)
    return _message(request, blocks, reply, tokens, batch), reply, visit


def count(account: Account, request: Any) -> dict[str, Any]:
    """`count_tokens`: nothing is billed."""
    check({"max_tokens": 1, **request})
    model = model_of(account.settings.catalog, request["model"], account.settings.today)
    return {"input_tokens": max(1, round(sum(block.size(model) for block in blocks_of(request))))}


def text_of(blocks: list[Block]) -> str:
    """What a prompt says, for labels and for words that ask for errors."""
    return "\n".join(block.text for block in blocks)


def events(message: dict[str, Any], reply: Answer) -> Iterator[tuple[str, dict[str, Any]]]:
    """A message as the events of a stream."""
    usage = message["usage"]
    start = {**message, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    yield "message_start", {"type": "message_start", "message": start}
    for index, block in enumerate(message["content"]):
        if block["type"] == "thinking":
            empty: dict[str, Any] = {"type": "thinking", "thinking": "", "signature": ""}
            deltas = [
                {"type": "thinking_delta", "thinking": block["thinking"]},
                {"type": "signature_delta", "signature": block["signature"]},
            ]
        elif block["type"] == "tool_use":
            empty, deltas = {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": json.dumps(block["input"])}]
        else:
            pieces = [piece + " " for piece in reply.text.split(" ")]
            pieces[-1] = pieces[-1][:-1]
            empty, deltas = {"type": "text", "text": ""}, [{"type": "text_delta", "text": piece} for piece in pieces]
        yield "content_block_start", {"type": "content_block_start", "index": index, "content_block": empty}
        for delta in deltas:
            yield "content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta}
        yield "content_block_stop", {"type": "content_block_stop", "index": index}
    end = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield "message_delta", {"type": "message_delta", "delta": end, "usage": usage}
    yield "message_stop", {"type": "message_stop"}


def _seeds(request: dict[str, Any]) -> dict[str, str]:
    """Settings that a part of the prompt is cached with (what invalidates the cache: table of the prompt caching page)."""
    about_messages = {name: request.get(name) for name in ("tool_choice", "thinking", "output_config")}
    return {"system": json.dumps(request.get("speed")), "messages": json.dumps(about_messages, sort_keys=True)}


def _wish(request: dict[str, Any], model: Model) -> Wish:
    tools = [
        Tool(tool["name"], tool["input_schema"]) for tool in request.get("tools") or [] if tool.get("type", "custom") == "custom"
    ]
    choice = request.get("tool_choice") or {"type": "auto"}
    output = request.get("output_format") or (request.get("output_config") or {}).get("format")
    schema = output.get("schema") if isinstance(output, dict) and output.get("type") == "json_schema" else None
    thinking = request.get("thinking") or {}
    # Since Opus 5, models think unless they are told not to.
    may_think = thinking.get("type", "adaptive" if THINKS_BY_DEFAULT.match(model.id) else "disabled") not in (
        "disabled",
        "between_tools",
    )
    name = choice["name"] if choice["type"] == "tool" else choice["type"]
    return Wish(request["max_tokens"], schema, tools, name, may_think)


def _message(request: dict[str, Any], blocks: list[Block], reply: Answer, tokens: Tokens, batch: bool) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    if reply.thinking:
        content.append({"type": "thinking", "thinking": reply.thinking, "signature": digest(reply.thinking)})
    if reply.tool is not None:
        content.append({"type": "tool_use", "id": reply.tool.id, "name": reply.tool.name, "input": reply.tool.input})
    elif reply.text:
        content.append({"type": "text", "text": reply.text})
    stop = "tool_use" if reply.tool is not None else "max_tokens" if reply.is_cut else "end_turn"
    return {
        "id": f"msg_{digest(text_of(blocks))}",
        "type": "message",
        "role": "assistant",
        "model": request["model"],
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {
            "input_tokens": tokens.input,
            "cache_creation_input_tokens": tokens.write,
            "cache_read_input_tokens": tokens.read,
            "cache_creation": {"ephemeral_5m_input_tokens": tokens.write_5m, "ephemeral_1h_input_tokens": tokens.write_1h},
            "output_tokens": tokens.output,
            "service_tier": "batch" if batch else "standard",
        },
    }
