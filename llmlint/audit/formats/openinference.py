"""OpenInference spans, as Phoenix exports them (Parquet or JSON): attributes as columns or as one nested object."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from llmlint.audit.fields import Record, count, find, integer, items, moment, money, nested, text
from llmlint.audit.formats.base import Format
from llmlint.audit.formats.code_location import location_of
from llmlint.audit.prompts import prompt_of
from llmlint.audit.rows import Row, exclusive

_COUNT = "llm.token_count.prompt"


def _attributes(record: Record) -> Mapping[str, Any]:
    """The attributes of a span, whether they are columns (`attributes.llm.…`), an object with dotted names, or nested objects."""
    inner = nested(record.get("attributes"))
    found: Mapping[str, Any] = inner if isinstance(inner, Mapping) else {}
    columns = {
        name.removeprefix("attributes."): value for name, value in record.items() if name.startswith(("attributes.", "llm."))
    }
    return {**found, **columns}


def _matches(record: Record) -> bool:
    if any("llm.token_count" in name or name.endswith("openinference.span.kind") for name in record):
        return True
    return find(_attributes(record), _COUNT, "openinference.span.kind") is not None


def _rows(record: Record) -> Iterator[Row]:
    attributes = _attributes(record)
    if find(attributes, _COUNT, "llm.token_count.completion") is None:
        return
    parameters = nested(find(attributes, "llm.invocation_parameters")) or {}
    body: dict[str, Any] = {"messages": [_message(each) for each in items(find(attributes, "llm.input_messages"))]}
    body["tools"] = [find(each, "tool.json_schema") or each for each in items(find(attributes, "llm.tools"))]
    if not body["messages"]:
        given = nested(find(attributes, "input.value"))
        body = given if isinstance(given, dict) else {"messages": given or []}
    yield Row(
        moment(find(record, "start_time", "startTime")),
        text(find(attributes, "llm.model_name")) or "",
        exclusive(
            count(attributes, _COUNT),
            count(attributes, "llm.token_count.prompt_details.cache_read"),
            count(attributes, "llm.token_count.prompt_details.cache_write"),
            0,
            count(attributes, "llm.token_count.completion"),
        ),
        end=moment(find(record, "end_time", "endTime")),
        billed=money(find(attributes, "llm.cost.total")),
        endpoint=text(record.get("name")),
        location=location_of(attributes),
        prompt=prompt_of(body) if body.get("messages") or body.get("system") else None,
        max_tokens=integer(find(parameters, "max_tokens", "max_completion_tokens")) or None
        if isinstance(parameters, dict)
        else None,
        id=text(find(record, "context.span_id", "span_id", "id")),
    )


def _message(message: Any) -> dict[str, Any]:
    inner = message.get("message", message) if isinstance(message, Mapping) else {}
    flat = {re.sub(r"^message\.", "", str(name)): value for name, value in inner.items()}
    contents = flat.get("content") or [find(each, "message_content.text") or each for each in items(flat.get("contents"))]
    return {"role": flat.get("role", "user"), "content": contents}


FORMAT = Format("openinference", "OpenInference spans (Phoenix)", _matches, _rows)
