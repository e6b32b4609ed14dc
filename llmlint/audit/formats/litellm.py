"""LiteLLM: the table LiteLLM_SpendLogs (JSON, CSV or a Postgres dump), and the `StandardLoggingPayload` of its callbacks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from llmlint.audit.fields import Record, count, find, integer, items, moment, money, nested, text, tier
from llmlint.audit.formats.base import Format
from llmlint.audit.prompts import prompt_of
from llmlint.audit.rows import Row, Tokens, exclusive

_NO_REQUEST = frozenset({"failure", "error"})


def _matches(record: Record) -> bool:
    if "startTime" not in record or "prompt_tokens" not in record:
        return False
    return "spend" in record or "response_cost" in record or "call_type" in record


def _rows(record: Record) -> Iterator[Row]:
    if str(record.get("status")).lower() in _NO_REQUEST or "embedding" in str(record.get("call_type")):
        return
    metadata = nested(record.get("metadata")) or {}
    usage = find(metadata, "usage_object", "additional_usage_values") or {}
    sent = nested(find(record, "proxy_server_request")) or {}
    body = sent.get("body", sent) if isinstance(sent, dict) else {}
    given = nested(record.get("model_parameters")) or {}
    if not body.get("messages") and (messages := nested(record.get("messages"))):
        body = {**(given if isinstance(given, dict) else {}), **body}
        body.update(messages if isinstance(messages, dict) else {"messages": messages})
    # A reply from LiteLLM's own cache costs nothing.
    is_own_cache = str(record.get("cache_hit")).lower() == "true"
    if is_own_cache:
        return
    tags = [str(tag) for tag in items(record.get("request_tags")) if not str(tag).startswith("User-Agent")]
    yield Row(
        moment(record.get("startTime")),
        text(find(record, "model", "model_group")) or "",
        _tokens(record, usage),
        end=moment(record.get("endTime")),
        tier=tier(find(metadata, "service_tier") or given.get("service_tier") if isinstance(given, dict) else None),
        billed=money(find(record, "spend", "response_cost")),
        endpoint=", ".join(tags) or text(find(record, "model_group")),
        key=text(find(record, "api_key", "metadata.user_api_key_hash")),
        prompt=prompt_of(body) if body.get("messages") or body.get("system") else None,
        max_tokens=integer(find(body, "max_tokens", "max_completion_tokens")) or None,
        has_cache_columns=bool(usage),
        id=text(find(record, "request_id", "id")),
    )


def _tokens(record: Record, usage: Any) -> Tokens:
    return exclusive(
        count(record, "prompt_tokens"),
        count(usage, "cache_read_input_tokens", "prompt_tokens_details.cached_tokens"),
        count(
            usage,
            "prompt_tokens_details.cache_creation_token_details.ephemeral_5m_input_tokens",
            "cache_creation.ephemeral_5m_input_tokens",
        )
        or max(0, count(usage, "cache_creation_input_tokens", "prompt_tokens_details.cache_creation_tokens") - _long(usage)),
        _long(usage),
        count(record, "completion_tokens"),
    )


def _long(usage: Any) -> int:
    return count(
        usage,
        "prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens",
        "cache_creation.ephemeral_1h_input_tokens",
    )


FORMAT = Format("litellm", "LiteLLM spend logs", _matches, _rows)
