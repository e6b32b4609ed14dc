"""Anthropic's usage and cost reports: the Admin API (`usage_report/messages`, `cost_report`) and the Analytics API (2026-10-29)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from llmlint.audit.fields import Record, count, find, items, moment, money, text, tier
from llmlint.audit.formats.base import Format
from llmlint.audit.rows import Row, Tokens


def _matches(record: Record) -> bool:
    if "data" in record:
        return any(isinstance(each, dict) and _matches(each) for each in items(record["data"]))
    return "starting_at" in record and any(name in record for name in ("results", "usage", "cost"))


def _rows(record: Record) -> Iterator[Row]:
    if "data" in record:
        for bucket in items(record["data"]):
            yield from _rows(bucket)
        return
    start, end = moment(record.get("starting_at")), moment(record.get("ending_at"))
    for result in items(record.get("results")) if "results" in record else [record]:
        group = result.get("group") or result
        row = Row(
            start,
            text(group.get("model")) or "",
            Tokens(),
            end=end,
            calls=None,
            tier=tier(group.get("service_tier")),
            key=text(find(group, "api_key_id", "workspace_id")),
            endpoint=text(find(group, "workspace_id")),
            is_bucket=True,
        )
        if tier(group.get("speed")) == "fast":
            row.tier = "fast"
        amount = find(result, "cost.amount", "amount")
        if amount is not None:
            # Both reports give cents.
            cents = money(amount)
            row.billed = cents / Decimal(100) if cents is not None else None
            row.is_cost_only = True
        usage = result.get("usage") or result
        row.tokens = Tokens(
            count(usage, "uncached_input_tokens"),
            count(usage, "cache_read_input_tokens"),
            count(usage, "cache_creation.ephemeral_5m_input_tokens"),
            count(usage, "cache_creation.ephemeral_1h_input_tokens"),
            count(usage, "output_tokens"),
        )
        requests = find(usage, "requests")
        row.calls = count(usage, "requests") if requests is not None else None
        yield row


FORMAT = Format(
    "anthropic-api",
    "Anthropic usage and cost reports",
    _matches,
    _rows,
    "sums by hour or day: prompts and single calls are in a team's request logs, Langfuse, LiteLLM or Bedrock invocation logs",
)
