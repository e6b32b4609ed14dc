"""OpenTelemetry GenAI spans: OTLP JSON as the collector's file exporter writes it, one export request a line.

Both spellings of cache writes are read (`cache_creation` until September 2026, `cache_write` since), and content where it was recorded.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from llmlint.audit.fields import Record, count, find, integer, items, moment, nested, text, tier
from llmlint.audit.formats.base import Format
from llmlint.audit.formats.code_location import location_of
from llmlint.audit.prompts import prompt_of
from llmlint.audit.rows import Prompt, Row, exclusive

_NO_CALLS = ("embeddings", "execute_tool", "invoke_agent", "create_agent", "invoke_workflow")
_USAGE = (
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.usage.total_tokens",
)


_WRITES = (
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
)
_READS = ("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens")


def _matches(record: Record) -> bool:
    return "resourceSpans" in record or "resource_spans" in record or _is_span(record)


def _is_span(record: Record) -> bool:
    attributes = record.get("attributes")
    return isinstance(attributes, Mapping) and any(str(name).startswith("gen_ai.") for name in attributes)


def _rows(record: Record) -> Iterator[Row]:
    if _is_span(record):
        yield from _row(record, dict(record["attributes"]))
        return
    for resource in items(find(record, "resourceSpans", "resource_spans")):
        of_resource = _attributes(find(resource, "resource.attributes"))
        for scope in items(find(resource, "scopeSpans", "scope_spans", "instrumentationLibrarySpans")):
            for span in items(scope.get("spans")):
                yield from _row(span, {**of_resource, **_attributes(span.get("attributes"))}, items(span.get("events")))


def _row(span: Record, attributes: dict[str, Any], events: Iterable[Any] = ()) -> Iterator[Row]:
    operation = attributes.get("gen_ai.operation.name")
    if operation in _NO_CALLS or not any(name in attributes for name in _USAGE):
        return
    for event in events:
        for name, value in _attributes(event.get("attributes")).items():
            attributes.setdefault(name, value)
    long = count(attributes, "anthropic.usage.cache_creation.ephemeral_1h_input_tokens")
    written, read = count(attributes, *_WRITES), count(attributes, *_READS)
    start = moment(find(span, "startTimeUnixNano", "start_time_unix_nano", "start_time", "startTime"))
    yield Row(
        start,
        text(find(attributes, "gen_ai.response.model", "gen_ai.request.model")) or "",
        exclusive(
            count(attributes, "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
            read,
            max(0, written - long),
            long,
            count(attributes, "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
        ),
        end=moment(find(span, "endTimeUnixNano", "end_time_unix_nano", "end_time", "endTime")),
        tier=tier(
            find(
                attributes,
                "anthropic.response.service_tier",
                "openai.response.service_tier",
                "gen_ai.openai.response.service_tier",
            )
        ),
        endpoint=text(find(attributes, "code.function.name", "code.function")) or text(span.get("name")),
        key=text(attributes.get("service.name")),
        location=location_of(attributes),
        prompt=_prompt(attributes),
        max_tokens=integer(attributes.get("gen_ai.request.max_tokens")) or None,
        has_cache_columns=any("cache" in name for name in attributes if name.startswith(("gen_ai.usage", "anthropic.usage"))),
        id=text(find(span, "spanId", "span_id")),
    )


def _prompt(attributes: Mapping[str, Any]) -> Prompt | None:
    messages = find(attributes, "gen_ai.input.messages", "gen_ai.prompt", "gen_ai.request.messages")
    if messages is None:
        # OpenLLMetry numbers the messages: gen_ai.prompt.0.role, gen_ai.prompt.0.content.
        numbered: list[dict[str, Any]] = []
        while (content := attributes.get(f"gen_ai.prompt.{len(numbered)}.content")) is not None:
            numbered.append({"role": attributes.get(f"gen_ai.prompt.{len(numbered)}.role", "user"), "content": nested(content)})
        messages = numbered or None
    system = attributes.get("gen_ai.system_instructions")
    if messages is None and system is None:
        return None
    body = {"messages": nested(messages) if messages is not None else []}
    if system is not None:
        body["system"] = _unquoted(nested(system))
    if (tools := attributes.get("gen_ai.tool.definitions")) is not None:
        body["tools"] = nested(tools)
    return prompt_of(body)


def _unquoted(value: Any) -> Any:
    """A text that was written as JSON, as attributes with any kind of value are; all else as it is."""
    if isinstance(value, str) and len(value) > 1 and value[0] == value[-1] == '"':
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _attributes(given: Any) -> dict[str, Any]:
    return {str(each.get("key")): _value(each.get("value")) for each in items(given) if isinstance(each, Mapping)}


def _value(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    for name in (
        "stringValue",
        "intValue",
        "doubleValue",
        "boolValue",
        "string_value",
        "int_value",
        "double_value",
        "bool_value",
    ):
        if name in value:
            return value[name]
    for name in ("arrayValue", "array_value"):
        if name in value:
            return [_value(each) for each in value[name].get("values", [])]
    for name in ("kvlistValue", "kvlist_value"):
        if name in value:
            return {each.get("key"): _value(each.get("value")) for each in value[name].get("values", [])}
    return None


FORMAT = Format("opentelemetry", "OpenTelemetry GenAI spans", _matches, _rows)
