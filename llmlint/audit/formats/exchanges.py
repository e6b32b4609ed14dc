"""A team's own JSON lines: each a request and its response as the SDKs have them, under the names that such logs use.

Also the output files of batches, whose rows hold only responses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from llmlint.audit.fields import Record, count, find, integer, moment, money, nested, text, tier
from llmlint.audit.formats.base import Format
from llmlint.audit.formats.code_location import location_of
from llmlint.audit.prompts import prompt_of
from llmlint.audit.rows import Row, Tokens, exclusive
from llmlint.sdks.shape import OUTPUT_LIMITS

_REQUEST = ("request.body", "request", "request_body", "params", "kwargs", "input", "body")
_RESPONSE = ("response.body", "result.message", "response", "response_body", "output", "result", "completion", "message")
_START = ("start_time", "started_at", "start", "timestamp", "time", "ts", "created_at", "date", "request.timestamp")
_END = ("end_time", "ended_at", "end", "finished_at", "completed_at")


def _usage(record: Record) -> Any:
    if isinstance(found := nested(find(record, "usage")), dict):
        return found
    for name in _RESPONSE:
        response = nested(find(record, name))
        if isinstance(response, dict) and isinstance(found := nested(response.get("usage")), dict):
            return found
    return None


def _matches(record: Record) -> bool:
    usage = _usage(record)
    return (
        isinstance(usage, dict) and find(usage, "input_tokens", "prompt_tokens", "output_tokens", "completion_tokens") is not None
    )


def tokens_of(usage: Record) -> Tokens:
    """The tokens of a `usage` object as the APIs return it: Anthropic's input excludes cached tokens, OpenAI's includes them."""
    output = count(usage, "output_tokens", "completion_tokens")
    details = find(usage, "prompt_tokens_details", "input_tokens_details")
    if isinstance(details, dict) or usage.get("prompt_tokens") is not None:
        return exclusive(
            count(usage, "prompt_tokens", "input_tokens"),
            count(details, "cached_tokens"),
            count(details, "cache_write_tokens", "cache_creation_tokens"),
            0,
            output,
        )
    long = count(usage, "cache_creation.ephemeral_1h_input_tokens")
    short = count(usage, "cache_creation.ephemeral_5m_input_tokens") or max(0, count(usage, "cache_creation_input_tokens") - long)
    return Tokens(count(usage, "input_tokens"), count(usage, "cache_read_input_tokens"), short, long, output)


def _rows(record: Record) -> Iterator[Row]:
    usage = _usage(record)
    if usage is None:
        return
    body = next((found for name in _REQUEST if isinstance(found := nested(find(record, name)), (dict, list))), None)
    if body is None and ("messages" in record or "system" in record):
        body = dict(record)
    response = next((found for name in _RESPONSE if isinstance(found := nested(find(record, name)), dict)), {})
    start = moment(find(record, *_START) or find(response, "created", "created_at"))
    end = moment(find(record, *_END))
    seconds = find(record, "duration", "latency", "elapsed", "duration_s")
    milliseconds = find(record, "duration_ms", "latency_ms", "elapsed_ms", "delay_ms")
    if end is None and start is not None and (seconds is not None or milliseconds is not None):
        end = moment(start + (float(seconds) if seconds is not None else float(milliseconds) / 1000))
    model = text(find(response, "model") or find(body, "model") or find(record, "model")) or ""
    given = body if isinstance(body, dict) else {}
    is_batch = "custom_id" in record
    yield Row(
        start,
        model,
        tokens_of(usage),
        end=end,
        tier="batch"
        if is_batch
        else tier(find(usage, "service_tier") or find(response, "service_tier") or find(record, "service_tier")),
        billed=money(find(record, "cost", "cost_usd", "total_cost", "price")),
        endpoint=text(find(record, "endpoint", "name", "span_name", "operation", "route", "path", "url", "tag", "feature")),
        key=text(find(record, "api_key", "key", "workspace", "team")),
        location=location_of(record) or location_of(nested(record.get("metadata")) or {}),
        prompt=prompt_of(body) if body is not None else None,
        max_tokens=integer(find(given, *OUTPUT_LIMITS)) or None,
        id=text(find(record, "request_id", "id", "custom_id") or find(response, "id")),
    )


FORMAT = Format("exchanges", "requests and responses as the SDKs have them", _matches, _rows)
