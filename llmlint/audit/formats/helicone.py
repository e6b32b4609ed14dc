"""Helicone's export (`npx @helicone/export --include-body`)."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.audit.fields import Record, count, find, integer, moment, money, nested, text
from llmlint.audit.formats.base import Format, has
from llmlint.audit.prompts import prompt_of
from llmlint.audit.rows import Row, Tokens, exclusive


def _rows(record: Record) -> Iterator[Row]:
    body = nested(record.get("request_body"))
    start = moment(record.get("request_created_at"))
    delay = find(record, "delay_ms")
    read, written = count(record, "prompt_cache_read_tokens"), count(record, "prompt_cache_write_tokens")
    given, output = count(record, "prompt_tokens"), count(record, "completion_tokens")
    provider = (text(record.get("provider")) or "").lower()
    is_openai = "openai" in provider or "azure" in provider
    properties = nested(record.get("request_properties")) or {}
    names = ("Helicone-Session-Name", "session-name", "feature", "environment")
    endpoint = find(properties, *names) if isinstance(properties, dict) else None
    yield Row(
        start,
        text(find(record, "request_model", "response_model", "model")) or "",
        exclusive(given, read, written, 0, output) if is_openai else Tokens(given, read, written, 0, output),
        end=start + integer(delay) / 1000 if start is not None and delay is not None else None,
        billed=money(find(record, "costUSD", "cost_usd")),
        endpoint=text(endpoint) or text(record.get("request_path")),
        prompt=prompt_of(body) if body else None,
        max_tokens=integer(find(body, "max_tokens", "max_completion_tokens")) or None if isinstance(body, dict) else None,
        id=text(record.get("request_id")),
    )


FORMAT = Format(
    "helicone", "Helicone requests", lambda record: has(record, "request_created_at", "prompt_tokens", "completion_tokens"), _rows
)
