"""What the Messages API refuses with 400 or 404 (pages and SDK of November 2026)."""

from __future__ import annotations

import datetime
import re
from typing import Any

from llmlint.catalog import Catalog, Model
from metered.errors import invalid, not_found

MOST_MARKS = 4
# fmt: off
_PARAMETERS = frozenset({
    "model", "max_tokens", "messages", "cache_control", "container", "diagnostics", "inference_geo",
    "metadata", "output_config", "service_tier", "speed", "stop_sequences", "stream", "system",
    "temperature", "thinking", "tool_choice", "tools", "top_k", "top_p", "user_profile_id",
    "workspace_id", "betas", "context_management", "mcp_servers", "output_format", "fallbacks", "billing_policy",
})
# fmt: on
THINKS_BY_DEFAULT = re.compile(r"claude-[a-z]+-5\b")
_ALWAYS_THINKS = re.compile(r"claude-(?:opus-5-5|(?:fable|mythos)-5)\b")
_PREFILLS = re.compile(r"claude-(?:3|(?:opus|sonnet|haiku)-4-[0-5]\b)")
_SAMPLING = ("temperature", "top_p", "top_k")
_MARKABLE = frozenset(
    {"text", "image", "document", "search_result", "tool_use", "tool_result", "server_tool_use", "web_search_tool_result"}
)


def model_of(catalog: Catalog, spelling: object, today: datetime.date) -> Model:
    """The model that a request names. Raises ApiError for names that are unknown, or of a model that is retired."""
    reference = catalog.find(spelling) if isinstance(spelling, str) else None
    if reference is None or (reference.model.retires is not None and reference.model.retires <= today):
        raise not_found(f"model: {spelling}")
    return reference.model


def check(request: object, model: Model | None = None) -> None:
    """Raises ApiError for a body that the API refuses. `model` is the one that it names, where that is known already."""
    if not isinstance(request, dict):
        raise invalid("the body must be a JSON object")
    for name in request:
        if name not in _PARAMETERS:
            raise invalid(f"{name}: Extra inputs are not permitted")
    for name in ("model", "max_tokens", "messages"):
        if name not in request:
            raise invalid(f"{name}: Field required")
    limit = request["max_tokens"]
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0:
        raise invalid("max_tokens: Input should be a valid integer, 0 or more")
    if limit == 0 and request.get("stream"):
        raise invalid("max_tokens: 0 is not permitted with stream")
    _check_tools(request.get("tools"))
    _check_content(request.get("system"), "system", {"text"})
    _check_messages(request["messages"])
    _check_marks(request)
    if model is not None:
        _check_for_model(request, model)


def _check_tools(tools: object) -> None:
    if tools is None:
        return
    if not isinstance(tools, list):
        raise invalid("tools: Input should be a valid list")
    names = [tool.get("name") for tool in tools if isinstance(tool, dict)]
    if len(names) < len(tools) or len(set(names)) < len(names):
        raise invalid("tools: Tool names must be unique")
    for number, tool in enumerate(tools):
        if tool.get("type", "custom") == "custom" and not isinstance(tool.get("input_schema"), dict):
            raise invalid(f"tools.{number}.custom.input_schema: Field required")


def _check_messages(messages: object) -> None:
    if not isinstance(messages, list) or not messages:
        raise invalid("messages: at least one message is required")
    for number, message in enumerate(messages):
        if not isinstance(message, dict) or set(message) - {"role", "content"} or "content" not in message:
            raise invalid(f"messages.{number}: Input should be a message with `role` and `content`")
        role = message.get("role")
        if role not in ("user", "assistant", "system"):
            raise invalid(f"messages.{number}.role: Input should be 'user' or 'assistant'")
        is_last = number == len(messages) - 1
        if message["content"] in ("", []) and not (is_last and role == "assistant"):
            raise invalid(
                f"messages.{number}: all messages must have non-empty content except for the optional final assistant message"
            )
        _check_content(message["content"], f"messages.{number}.content", None)
    if messages[0]["role"] == "assistant":
        raise invalid('messages: first message must use the "user" role')
    _check_tool_results(messages)


def _check_tool_results(messages: list[dict[str, Any]]) -> None:
    """Each tool use is answered in the next message, and nothing else is."""
    for number, message in enumerate(messages):
        uses = _ids(message, "tool_use", "id") if message["role"] == "assistant" else set()
        results = _ids(messages[number + 1], "tool_result", "tool_use_id") if number + 1 < len(messages) else set()
        if uses - results and number + 1 < len(messages):
            raise invalid(
                f"messages.{number}: `tool_use` ids were found without `tool_result` blocks immediately after: {uses - results}"
            )
        if results - uses:
            raise invalid(f"messages.{number + 1}: unexpected `tool_use_id` found in `tool_result` blocks: {results - uses}")


def _ids(message: dict[str, Any], kind: str, name: str) -> set[str]:
    content = message["content"]
    return {str(block[name]) for block in content if block.get("type") == kind} if isinstance(content, list) else set()


def _check_content(content: object, where: str, kinds: set[str] | None) -> None:
    if content is None or isinstance(content, str):
        if isinstance(content, str) and content and not content.strip():
            raise invalid(f"{where}: text content blocks must contain non-whitespace text")
        return
    if not isinstance(content, list):
        raise invalid(f"{where}: Input should be a valid string or list")
    for number, block in enumerate(content):
        at = f"{where}.{number}"
        if not isinstance(block, dict) or not isinstance(block.get("type"), str):
            raise invalid(f"{at}.type: Field required")
        if kinds is not None and block["type"] not in kinds:
            raise invalid(f"{at}: Input tag '{block['type']}' does not match any of the expected tags")
        mark = block.get("cache_control")
        if block["type"] == "text":
            text = block.get("text")
            if not isinstance(text, str):
                raise invalid(f"{at}.text: Input should be a valid string")
            if not text and mark is not None:
                raise invalid(f"{at}: cache_control cannot be set for empty text blocks")
            if not text.strip():
                raise invalid(f"{at}: text content blocks must be non-empty and contain non-whitespace text")
        if mark is not None and block["type"] not in _MARKABLE:
            raise invalid(f"{at}.{block['type']}.cache_control: Extra inputs are not permitted")
        if block["type"] == "tool_result":
            _check_content(block.get("content"), f"{at}.content", None)


def _check_marks(request: dict[str, Any]) -> None:
    """At most four, longer TTLs first, and a top-level one that agrees with the last block's."""
    parts = [request.get("tools"), request.get("system"), *(message["content"] for message in request["messages"])]
    blocks = [block for part in parts if isinstance(part, list) for block in part]
    marks = [block["cache_control"] for block in blocks if block.get("cache_control") is not None]
    top_level = request.get("cache_control")
    for mark in [*marks, top_level]:
        if mark is not None and (
            not isinstance(mark, dict) or mark.get("type") != "ephemeral" or mark.get("ttl", "5m") not in ("5m", "1h")
        ):
            raise invalid(f"cache_control: {mark} is not an ephemeral mark with a TTL of 5m or 1h")
    if len(marks) > MOST_MARKS:
        raise invalid(f"A maximum of {MOST_MARKS} blocks with cache_control may be provided. Found {len(marks)}.")
    if top_level is not None:
        last = blocks[-1].get("cache_control") if isinstance(request["messages"][-1]["content"], list) and blocks else None
        if last is not None and last.get("ttl", "5m") != top_level.get("ttl", "5m"):
            raise invalid("cache_control: the last block has a mark with another TTL")
        if last is None:
            if len(marks) >= MOST_MARKS:
                raise invalid(
                    f"A maximum of {MOST_MARKS} blocks with cache_control may be provided. Found {len(marks)} and the top-level one."
                )
            marks.append(top_level)
    lifetimes = [mark.get("ttl", "5m") for mark in marks]
    if "5m" in lifetimes and "1h" in lifetimes[lifetimes.index("5m") :]:
        raise invalid("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block")


def _check_for_model(request: dict[str, Any], model: Model) -> None:
    """What some models refuse (migration guides of Opus, Sonnet and Haiku 5.5, copies of October and November 2026).

    Since Opus 4.7, sampling parameters other than the defaults, and thinking budgets; since 4.6, an answer that is begun for the model.
    Opus 5.5 and the Fable and Mythos lines always think; Sonnet 5.5 takes `between_tools`, and only it; the others of the line take
    `disabled`. Opus and Sonnet 5.5 refuse a forced tool, and so do thinking budgets. At the two highest efforts thinking stays on.
    """
    thinking = (request.get("thinking") or {}).get("type")
    forced = (request.get("tool_choice") or {}).get("type") in ("any", "tool")
    effort = (request.get("output_config") or {}).get("effort")
    always = _ALWAYS_THINKS.match(model.id) is not None
    if thinking == "disabled" and (always or model.id == "claude-sonnet-5-5"):
        raise invalid(f'"thinking.type.disabled" is not supported for this model ({model.id})')
    if thinking == "between_tools" and model.id != "claude-sonnet-5-5":
        raise invalid(f'"thinking.type.between_tools" is not supported for this model ({model.id})')
    if thinking in ("disabled", "between_tools") and THINKS_BY_DEFAULT.match(model.id) and effort in ("xhigh", "max"):
        raise invalid(f"thinking cannot be turned off at effort {effort}")
    if forced and (always or model.id == "claude-sonnet-5-5" or thinking == "enabled"):
        raise invalid("Thinking may not be enabled when tool_choice forces tool use.")
    if request["messages"][-1]["role"] == "assistant" and not _PREFILLS.match(model.id):
        raise invalid(f"messages: {model.id} does not support a final assistant message")
    if thinking == "enabled" and model.tokenizer == "claude-4.7":
        raise invalid(f"thinking.type: 'enabled' is not supported by {model.id}")
    if thinking == "enabled" and request["thinking"].get("budget_tokens", 0) >= request["max_tokens"]:
        raise invalid("max_tokens: must be greater than thinking.budget_tokens")
    if model.tokenizer == "claude-4.7":
        for name in _SAMPLING:
            if request.get(name) not in (None, *((1, 1.0) if name != "top_k" else ())):
                raise invalid(f"{name}: {model.id} takes the default value only")
    elif thinking == "enabled" and request.get("temperature") not in (None, 1, 1.0):
        raise invalid("`temperature` may only be set to 1 when thinking is enabled.")
