"""Langfuse observations: blob export (Parquet, JSON lines, CSV), the CSV and JSON of its pages, and the API's camelCase."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.audit.fields import Record, count, find, integer, moment, money, nested, text, tier
from llmlint.audit.formats.base import Format
from llmlint.audit.formats.code_location import location_of
from llmlint.audit.prompts import prompt_of
from llmlint.audit.rows import Row, Tokens, exclusive


def _matches(record: Record) -> bool:
    is_snake = "usage_details" in record and ("provided_model_name" in record or "start_time" in record)
    return is_snake or ("usageDetails" in record and "startTime" in record)


def _rows(record: Record) -> Iterator[Row]:
    kind = str(record.get("type") or "GENERATION").upper()
    model = text(find(record, "provided_model_name", "providedModelName", "model", "internalModelId"))
    if kind not in ("GENERATION", "LLM") or model is None:
        return
    usage = nested(find(record, "usage_details", "usageDetails")) or {}
    long = count(usage, "cache_creation.ephemeral_1h_input_tokens", "input_cache_creation_1h", "ephemeral_1h_input_tokens")
    written = count(
        usage, "cache_creation_input_tokens", "input_cache_creation", "input_cache_creation_tokens", "cache_write_input_tokens"
    )
    short = count(usage, "cache_creation.ephemeral_5m_input_tokens", "input_cache_creation_5m") or max(0, written - long)
    read = count(usage, "cache_read_input_tokens", "input_cached_tokens", "input_cache_read", "input_cache_read_tokens")
    parameters = nested(find(record, "model_parameters", "modelParameters")) or {}
    body = nested(record.get("input"))
    tools = nested(find(record, "tool_definitions", "toolDefinitions"))
    if tools and isinstance(body, list):
        body = {"messages": body, "tools": tools}
    elif tools and isinstance(body, dict) and "tools" not in body:
        body = {**body, "tools": tools}
    metadata = nested(record.get("metadata")) or {}
    is_dict = isinstance(parameters, dict)
    yield Row(
        moment(find(record, "start_time", "startTime")),
        model,
        _tokens(usage, read, short, long),
        end=moment(find(record, "end_time", "endTime")),
        tier=tier(find(parameters, "service_tier") if is_dict else None),
        billed=money(find(record, "total_cost", "totalCost", "cost_details.total", "costDetails.total")),
        endpoint=text(record.get("name")),
        prompt=prompt_of(body) if body else None,
        prompt_name=text(find(record, "prompt_name", "promptName")),
        max_tokens=integer(find(parameters, "max_tokens", "maxTokens", "max_completion_tokens")) or None if is_dict else None,
        location=None if not isinstance(metadata, dict) else location_of(metadata),
        id=text(record.get("id")),
    )


def _tokens(usage: Record, read: int, short: int, long: int) -> Tokens:
    """Langfuse means counts without cached tokens, and many integrations send them with these: the total decides where it is given."""
    total = count(usage, "total")
    given, output = (
        count(usage, "input", "input_tokens", "prompt_tokens"),
        count(usage, "output", "output_tokens", "completion_tokens"),
    )
    if total and given + output + read + short + long == total:
        return Tokens(given, read, short, long, output)
    if total and given + output == total:
        return exclusive(given, read, short, long, output)
    return Tokens(given, read, short, long, output)


FORMAT = Format("langfuse", "Langfuse observations", _matches, _rows)
