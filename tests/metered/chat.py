"""OpenAI's Chat Completions and Responses, for GPT models and for Claude behind an OpenAI-style client.

Prompts of 1,024 tokens and more are cached by themselves for GPT models. Claude is cached where the request has cache breakpoints on content
blocks and the host passes them on; a `prompt_cache_key` does nothing for it, unless the settings say so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from llmlint.catalog import Model
from metered.account import Account
from metered.answers import Answer, Tool, Wish, answer
from metered.bill import Tokens
from metered.cache import Visit
from metered.errors import ApiError, invalid
from metered.messages import ERRORED, text_of
from metered.prompt import Block, blocks_of, digest
from metered.rules import MOST_MARKS, model_of

_CREATED = 1_795_435_200
_LEADING = ("system", "developer")
# Chat models before GPT-5 take `max_tokens` and any temperature; later ones and the o line do not.
_CLASSIC = ("gpt-3", "gpt-4", "chatgpt-4")
BUSY = "[[busy]]"
"""A flex request with this word meets no free capacity: 429."""
# Models since GPT-5.6, of which function tools in a chat need the reasoning off; and those whose reasoning cannot be off (model pages of
# GPT-6 and 6.1, and the API's error texts in public issues, July to November 2026).
_RESPONSES_FOR_TOOLS = ("gpt-5.6", "gpt-6")
_ALWAYS_REASONS = ("gpt-6-astra", "gpt-6.1-sol", "gpt-6.2", "gpt-5-", "gpt-5.5", "o1", "o3", "o4")
_REASONING = {"none": 0, "minimal": 16, "low": 64, "medium": 192, "high": 512, "xhigh": 1024, "max": 2048}


def create_chat(account: Account, body: Any, *, batch: bool = False) -> tuple[dict[str, Any], Answer]:
    """Answer a chat request: the completion, and what it says. Raises ApiError. `batch`: as a row of a batch."""
    if not isinstance(body, dict) or not isinstance(body.get("messages"), list) or not body["messages"]:
        raise invalid("you must provide a messages parameter with at least one message")
    model = _model(account, body)
    _check_parameters(body, model, is_chat=True)
    request = _as_messages(body["messages"], body.get("tools"), body.get("functions"))
    wish = Wish(
        body.get("max_completion_tokens") or body.get("max_tokens"),
        _schema(body.get("response_format")),
        request["wanted"],
        _choice(body.get("tool_choice")),
    )
    reply, tokens, blocks = _answer(account, "batch" if batch else "chat", body, request, wish, model)
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None, "refusal": None}
    if reply.tool is not None:
        called = {"name": reply.tool.name, "arguments": json.dumps(reply.tool.input)}
        message["tool_calls"] = [{"id": reply.tool.id, "type": "function", "function": called}]
    finish = "tool_calls" if reply.tool is not None else "length" if reply.is_cut else "stop"
    completion = {
        "id": f"chatcmpl-{digest(text_of(blocks))}",
        "object": "chat.completion",
        "created": _CREATED,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
        "service_tier": _tier(body),
        "usage": _chat_usage(tokens),
    }
    return completion, reply


def create_response(account: Account, body: Any, *, batch: bool = False) -> tuple[dict[str, Any], Answer]:
    """Answer a Responses request. Raises ApiError. `batch`: as a row of a batch."""
    if not isinstance(body, dict) or not body.get("input"):
        raise invalid("missing required parameter: 'input'")
    given = body["input"]
    items = [{"role": "user", "content": given}] if isinstance(given, str) else list(given)
    if body.get("instructions"):
        items.insert(0, {"role": "system", "content": body["instructions"]})
    model = _model(account, body)
    _check_parameters(body, model, is_chat=False)
    request = _as_messages([_as_chat(item) for item in items], [_as_function(tool) for tool in body.get("tools") or []], None)
    wish = Wish(
        body.get("max_output_tokens"),
        _schema((body.get("text") or {}).get("format")),
        request["wanted"],
        _choice(body.get("tool_choice")),
    )
    reply, tokens, blocks = _answer(account, "batch" if batch else "responses", body, request, wish, model)
    name = digest(text_of(blocks))
    output: dict[str, Any]
    if reply.tool is not None:
        arguments = json.dumps(reply.tool.input)
        output = {
            "type": "function_call",
            "id": f"fc_{name}",
            "call_id": reply.tool.id,
            "name": reply.tool.name,
            "arguments": arguments,
        }
    else:
        said = {"type": "output_text", "text": reply.text, "annotations": []}
        output = {"type": "message", "id": f"msg_{name}", "role": "assistant", "status": "completed", "content": [said]}
    return {
        "id": f"resp_{name}",
        "object": "response",
        "created_at": _CREATED,
        "model": body["model"],
        "status": "incomplete" if reply.is_cut else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if reply.is_cut else None,
        "error": None,
        "instructions": body.get("instructions"),
        "metadata": {},
        "output": [*_reasoned(body, model, name), output],
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "top_p": 1.0,
        "tool_choice": body.get("tool_choice") or "auto",
        "tools": body.get("tools") or [],
        "service_tier": _tier(body),
        "usage": {
            "input_tokens": tokens.prompt,
            "input_tokens_details": {"cached_tokens": tokens.read, "cache_write_tokens": tokens.write},
            "output_tokens": tokens.output,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": tokens.prompt + tokens.output,
        },
    }, reply


def _reasoned(body: dict[str, Any], model: Model, name: str) -> list[dict[str, Any]]:
    """What stands ahead of the answer of a model that reasons."""
    is_off = _effort(body, model) == "none"
    return [] if is_off else [{"type": "reasoning", "id": f"rs_{name}", "summary": []}]


def chunks(completion: dict[str, Any], reply: Answer, with_usage: bool) -> Iterator[dict[str, Any]]:
    """A completion as the chunks of a stream."""
    base = {**completion, "object": "chat.completion.chunk"}
    del base["usage"]
    choice = completion["choices"][0]

    def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        return {**base, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]}

    yield chunk({"role": "assistant", "content": ""})
    if calls := choice["message"].get("tool_calls"):
        yield chunk({"tool_calls": [{"index": 0, **calls[0]}]})
    elif reply.text:
        pieces = reply.text.split(" ")
        for number, piece in enumerate(pieces):
            yield chunk({"content": piece if number == len(pieces) - 1 else piece + " "})
    yield chunk({}, choice["finish_reason"])
    if with_usage:
        yield {**base, "choices": [], "usage": completion["usage"]}


def response_events(response: dict[str, Any], reply: Answer) -> Iterator[tuple[str, dict[str, Any]]]:
    """A response with text as the events of a stream."""
    item = response["output"][-1]
    place = {"item_id": item["id"], "output_index": 0, "content_index": 0, "logprobs": []}
    steps: list[tuple[str, dict[str, Any]]] = [
        ("response.created", {"response": {**response, "status": "in_progress", "output": [], "usage": None}}),
        ("response.output_item.added", {"output_index": 0, "item": {**item, "content": []} if "content" in item else item}),
    ]
    if "content" in item:
        empty = {"type": "output_text", "text": "", "annotations": []}
        steps += [("response.content_part.added", {**place, "part": empty})]
        steps += [
            ("response.output_text.delta", {**place, "delta": reply.text}),
            ("response.output_text.done", {**place, "text": reply.text}),
        ]
        steps += [("response.content_part.done", {**place, "part": item["content"][0]})]
    steps += [("response.output_item.done", {"output_index": 0, "item": item}), ("response.completed", {"response": response})]
    for number, (kind, data) in enumerate(steps):
        yield kind, {"type": kind, "sequence_number": number, **data}


def _answer(
    account: Account, kind: str, body: dict[str, Any], request: dict[str, Any], wish: Wish, model: Model
) -> tuple[Answer, Tokens, list[Block]]:
    blocks = blocks_of(request)
    text = text_of(blocks)
    if ERRORED in text:
        raise invalid(f"the prompt has the word {ERRORED}")
    is_flex = kind != "batch" and body.get("service_tier") == "flex"
    if is_flex and BUSY in text:
        raise ApiError(429, "resource_unavailable", "There is no capacity for flex requests at this time.")
    visit = _visit(account, blocks, model, body)
    if kind == "batch":
        visit = visit.without_cache()
    else:
        account.begin(visit)
    reply = _with_reasoning(answer(blocks, wish, model), wish.max_tokens, _effort(body, model))
    half = is_flex or kind == "batch"
    return reply, account.charge("flex" if is_flex else kind, model, visit, reply, text, body, half=half), blocks


def _tier(body: dict[str, Any]) -> str:
    """The service tier that served a request, as the response names it."""
    asked = body.get("service_tier")
    return "default" if asked in (None, "auto") else str(asked)


def _visit(account: Account, blocks: list[Block], model: Model, body: dict[str, Any]) -> Visit:
    marks = sum(block.mark is not None for block in blocks)
    key = body.get("prompt_cache_key")
    if model.vendor == "openai":
        return account.cache.look_up_automatic(blocks, model, key)
    if marks > MOST_MARKS:
        raise invalid(f"A maximum of {MOST_MARKS} blocks with cache_control may be provided. Found {marks}.")
    if key is not None and not marks and account.settings.routes_claude_by_key:
        return account.cache.look_up_automatic(blocks, model, key)
    visit = account.cache.look_up(blocks, model, {})
    return visit if account.settings.passes_breakpoints else visit.without_cache()


def _model(account: Account, body: dict[str, Any]) -> Model:
    try:
        return model_of(account.settings.catalog, body.get("model"), account.settings.today)
    except ApiError as error:
        raise ApiError(
            404, "model_not_found", f"The model `{body.get('model')}` does not exist or you do not have access to it."
        ) from error


def _effort(body: dict[str, Any], model: Model) -> str:
    """How much a model reasons before it answers."""
    if model.vendor != "openai" or model.id.startswith(_CLASSIC):
        return "none"
    given = body.get("reasoning_effort") or (body.get("reasoning") or {}).get("effort")
    return str(given or ("none" if model.id == "gpt-5.1" else "medium"))


def _with_reasoning(reply: Answer, limit: int | None, effort: str) -> Answer:
    """An answer that counts what was reasoned before it; where that takes the whole limit, nothing is left to be said."""
    reasoned = _REASONING[effort]
    if not reasoned:
        return reply
    if limit is not None and reasoned >= limit:
        return Answer("", None, True, limit)
    tokens = reply.tokens + reasoned
    return replace(reply, tokens=tokens if limit is None else min(tokens, limit))


def _check_parameters(body: dict[str, Any], model: Model, *, is_chat: bool) -> None:
    if body.get("service_tier") == "flex" and model.flex_input is None:
        raise invalid(f"Invalid service_tier argument: flex is not available for {model.id}.")
    if model.vendor != "openai":
        return
    given = body.get("reasoning_effort") or (body.get("reasoning") or {}).get("effort")
    if model.id.startswith(_CLASSIC):
        if given is not None:
            raise invalid("Unsupported parameter: 'reasoning_effort' is not supported with this model.")
        return
    effort = _effort(body, model)
    if effort not in _REASONING or (effort == "none" and model.id.startswith(_ALWAYS_REASONS)):
        raise invalid(f"Unsupported value: '{effort}' is not supported with the '{model.id}' model.")
    if effort == "minimal" and not (model.id == "gpt-5" or model.id.startswith("gpt-5-")):
        raise invalid(f"Unsupported value: 'minimal' is not supported with the '{model.id}' model.")
    if is_chat and body.get("tools") and effort != "none" and model.id.startswith(_RESPONSES_FOR_TOOLS):
        raise invalid(
            f"Function tools with reasoning_effort are not supported for {model.id} in /v1/chat/completions. To use function tools, use "
            "/v1/responses or set reasoning_effort to 'none'."
        )
    if body.get("max_tokens") is not None:
        raise invalid(
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        )
    takes_sampling = effort == "none"
    if not takes_sampling and any(body.get(name) not in (None, 1, 1.0) for name in ("temperature", "top_p")):
        raise invalid("Unsupported value: 'temperature' does not support other values than the default (1) with this model.")
    if any(body.get(name) not in (None, 0, 0.0) for name in ("presence_penalty", "frequency_penalty")):
        raise invalid("Unsupported parameter: 'presence_penalty' is not supported with this model.")


def _as_messages(messages: list[dict[str, Any]], tools: Any, functions: Any) -> dict[str, Any]:
    """A chat in the form of a Messages request, with the tools in `wanted`."""
    leading = 0
    while leading < len(messages) - 1 and messages[leading].get("role") in _LEADING:
        leading += 1
    system = [block for message in messages[:leading] for block in _content(message.get("content"))]
    described = [tool["function"] for tool in tools or [] if tool.get("type", "function") == "function"] + list(functions or [])
    return {
        "system": system,
        "messages": [_turn(message) for message in messages[leading:]],
        "tools": described,
        "wanted": [Tool(each["name"], each.get("parameters") or {}) for each in described],
    }


def _turn(message: dict[str, Any]) -> dict[str, Any]:
    role = message.get("role")
    if role not in ("system", "developer", "user", "assistant", "tool", "function"):
        raise invalid(f"invalid value: '{role}' is no role")
    content = _content(message.get("content"))
    if role in ("tool", "function"):
        return {"role": "user", "content": [{"type": "tool_result", "content": content}]}
    for call in message.get("tool_calls") or []:
        called = call["function"]
        content.append({"type": "tool_use", "name": called["name"], "input": json.loads(called["arguments"])})
    return {"role": role, "content": content}


def _content(content: Any) -> list[dict[str, Any]]:
    """Content parts as blocks; text parts of both of OpenAI's APIs become text blocks."""
    if content is None or content == "":
        return []
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    found = []
    for part in content:
        kind = str(part.get("type"))
        if kind in ("text", "input_text", "output_text"):
            block = {"type": "text", "text": part["text"]}
            found.append({**block, "cache_control": part["cache_control"]} if part.get("cache_control") else block)
        else:
            found.append({"type": "image", "source": part})
    return found


def _as_chat(item: dict[str, Any]) -> dict[str, Any]:
    """An item of a Responses input as a chat message."""
    if item.get("type") == "function_call":
        called = {"name": item["name"], "arguments": item["arguments"]}
        return {"role": "assistant", "tool_calls": [{"id": item["call_id"], "type": "function", "function": called}]}
    if item.get("type") == "function_call_output":
        return {"role": "tool", "content": str(item["output"])}
    return {"role": item.get("role"), "content": item.get("content")}


def _as_function(tool: dict[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": tool} if tool.get("type") == "function" else tool


def _schema(output: Any) -> dict[str, Any] | None:
    if not isinstance(output, dict) or output.get("type") != "json_schema":
        return None
    schema = output.get("schema") or output.get("json_schema", {}).get("schema")
    return schema if isinstance(schema, dict) else None


def _choice(choice: Any) -> str:
    if isinstance(choice, dict):
        return str(choice.get("name") or choice.get("function", {}).get("name") or "auto")
    return {"required": "any"}.get(str(choice), str(choice)) if choice else "auto"


def _chat_usage(tokens: Tokens) -> dict[str, Any]:
    return {
        "prompt_tokens": tokens.prompt,
        "completion_tokens": tokens.output,
        "total_tokens": tokens.prompt + tokens.output,
        "prompt_tokens_details": {"cached_tokens": tokens.read, "cache_write_tokens": tokens.write, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }
