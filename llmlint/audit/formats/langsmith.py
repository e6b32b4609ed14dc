"""LangSmith runs: bulk export (Parquet), or runs as the SDK lists them."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.audit.fields import Record, count, find, integer, moment, money, nested, text
from llmlint.audit.formats.base import Format, has
from llmlint.audit.formats.code_location import location_of
from llmlint.audit.prompts import prompt_of
from llmlint.audit.rows import Row, exclusive


def _rows(record: Record) -> Iterator[Row]:
    if record.get("run_type") != "llm":
        return
    inputs = nested(record.get("inputs"))
    extra = nested(record.get("extra")) or {}
    metadata = find(extra, "metadata") or {}
    details = (
        nested(find(record, "prompt_token_details"))
        or find(nested(record.get("outputs")), "usage_metadata.input_token_details")
        or {}
    )
    usage = find(nested(record.get("outputs")), "usage_metadata") or {}
    long = count(details, "ephemeral_1h_input_tokens")
    short = count(details, "ephemeral_5m_input_tokens") or max(0, count(details, "cache_creation") - long)
    parameters = nested(find(extra, "invocation_params")) or {}
    body = inputs
    if isinstance(inputs, dict) and (tools := find(extra, "invocation_params.tools")) is not None:
        body = {**inputs, "tools": tools}
    yield Row(
        moment(record.get("start_time")),
        text(find(metadata, "ls_model_name") or find(parameters, "model", "model_name")) or "",
        exclusive(
            count(record, "prompt_tokens") or count(usage, "input_tokens"),
            count(details, "cache_read"),
            short,
            long,
            count(record, "completion_tokens") or count(usage, "output_tokens"),
        ),
        end=moment(record.get("end_time")),
        billed=money(record.get("total_cost")),
        endpoint=text(find(metadata, "langgraph_node")) or text(record.get("name")),
        location=location_of(metadata) if isinstance(metadata, dict) else None,
        prompt=prompt_of(body) if body else None,
        max_tokens=integer(find(metadata, "ls_max_tokens") or find(parameters, "max_tokens")) or None,
        id=text(find(record, "id", "run_id")),
    )


FORMAT = Format(
    "langsmith", "LangSmith runs", lambda record: has(record, "run_type") and ("inputs" in record or "trace_id" in record), _rows
)
