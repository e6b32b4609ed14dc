"""Braintrust spans, which carry the code location of their caller."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.audit.fields import Record, count, find, integer, moment, nested, text
from llmlint.audit.formats.base import Format
from llmlint.audit.formats.code_location import location_of
from llmlint.audit.prompts import prompt_of
from llmlint.audit.rows import Row, exclusive


def _matches(record: Record) -> bool:
    return "metrics" in record and "span_attributes" in record


def _rows(record: Record) -> Iterator[Row]:
    attributes = nested(record.get("span_attributes")) or {}
    metrics = nested(record.get("metrics")) or {}
    if attributes.get("type") not in ("llm", None) or find(metrics, "prompt_tokens", "completion_tokens") is None:
        return
    metadata = nested(record.get("metadata")) or {}
    body = nested(record.get("input"))
    if metadata.get("tools"):
        body = {**body, "tools": metadata["tools"]} if isinstance(body, dict) else {"messages": body, "tools": metadata["tools"]}
    long = count(metrics, "prompt_cache_creation_1h_tokens")
    short = count(metrics, "prompt_cache_creation_5m_tokens") or max(0, count(metrics, "prompt_cache_creation_tokens") - long)
    yield Row(
        moment(find(metrics, "start") or record.get("created")),
        text(metadata.get("model")) or "",
        exclusive(
            count(metrics, "prompt_tokens"),
            count(metrics, "prompt_cached_tokens"),
            short,
            long,
            count(metrics, "completion_tokens"),
        ),
        end=moment(find(metrics, "end")),
        endpoint=text(attributes.get("name")),
        location=location_of(nested(record.get("context")) or {}),
        prompt=prompt_of(body) if body else None,
        max_tokens=integer(find(metadata, "max_tokens", "max_completion_tokens")) or None,
        id=text(find(record, "span_id", "id")),
    )


FORMAT = Format("braintrust", "Braintrust spans", _matches, _rows)
