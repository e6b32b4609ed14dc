"""OpenAI's usage and costs: `/v1/organization/usage/completions` and `/costs` as JSON, and the CSV files of the dashboard."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.audit.fields import Record, count, find, items, moment, money, text, tier
from llmlint.audit.formats.base import Format
from llmlint.audit.rows import Row, Tokens, exclusive


def _matches(record: Record) -> bool:
    if "data" in record:
        return any(isinstance(each, dict) and _matches(each) for each in items(record["data"]))
    if "results" in record:
        return "start_time" in record
    is_usage = "input_tokens" in record and "num_model_requests" in record
    return ("start_time" in record or "start_time_iso" in record) and (is_usage or "amount_value" in record)


def _rows(record: Record) -> Iterator[Row]:
    if "data" in record:
        for bucket in items(record["data"]):
            yield from _rows(bucket)
        return
    start = moment(find(record, "start_time", "start_time_iso"))
    end = moment(find(record, "end_time", "end_time_iso"))
    for result in items(record.get("results")) if "results" in record else [record]:
        row = Row(
            start,
            text(result.get("model")) or "",
            Tokens(),
            end=end,
            calls=None,
            key=text(find(result, "api_key_id", "project_id")),
            endpoint=text(find(result, "project_name", "project_id")),
            is_bucket=True,
        )
        amount = find(result, "amount.value", "amount_value")
        if amount is not None:
            row.billed, row.is_cost_only = money(amount), True
            row.model = (text(result.get("line_item")) or "").partition(",")[0]
        else:
            read = count(result, "input_cached_tokens")
            long = count(result, "input_cache_write_12h_tokens")
            short = count(result, "input_cache_write_30m_tokens")
            # A part of the writes may have no lifetime.
            short = max(short, count(result, "input_cache_write_tokens") - long)
            row.tokens = exclusive(count(result, "input_tokens"), read, short, long, count(result, "output_tokens"))
            row.calls = count(result, "num_model_requests") if find(result, "num_model_requests") is not None else None
            row.tier = tier(result.get("service_tier"))
            if str(result.get("batch")).lower() == "true":
                row.tier = "batch"
        yield row


FORMAT = Format(
    "openai-api",
    "OpenAI usage and costs",
    _matches,
    _rows,
    "sums by hour or day: prompts and single calls are in a team's request logs or a tracing tool",
)
