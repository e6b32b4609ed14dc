"""The CSV files of Anthropic's Console: Usage → Export, and Cost → Export."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.audit.fields import Record, count, find, moment, money, text, tier
from llmlint.audit.formats.base import Format, has
from llmlint.audit.rows import Row, Tokens


def _matches(record: Record) -> bool:
    return has(record, "usage_date_utc") and ("usage_input_tokens_no_cache" in record or "cost_usd" in record)


def _rows(record: Record) -> Iterator[Row]:
    start = moment(record["usage_date_utc"])
    row = Row(
        start,
        text(find(record, "model_version", "model")) or "",
        Tokens(
            count(record, "usage_input_tokens_no_cache"),
            count(record, "usage_input_tokens_cache_read"),
            count(record, "usage_input_tokens_cache_write_5m"),
            count(record, "usage_input_tokens_cache_write_1h"),
            count(record, "usage_output_tokens"),
        ),
        end=start + 86_400 if start is not None else None,
        calls=None,
        tier="fast" if tier(record.get("speed")) == "fast" else tier(record.get("usage_type")),
        key=text(record.get("api_key")),
        endpoint=text(record.get("workspace")),
        is_bucket=True,
    )
    if "cost_usd" in record:
        row.billed, row.is_cost_only = money(record["cost_usd"]), True
    yield row


FORMAT = Format(
    "anthropic-console",
    "CSV of Anthropic's Console",
    _matches,
    _rows,
    "sums by day: the number of calls is in the Analytics API, prompts are in a team's request logs",
)
