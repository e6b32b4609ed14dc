"""Logs of Cloudflare's AI Gateway. Its `cached` is a reply from the gateway's own cache, which costs nothing, and no prompt caching."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.audit.fields import Record, count, find, integer, moment, money, text
from llmlint.audit.formats.base import Format, has
from llmlint.audit.rows import Row, Tokens


def _rows(record: Record) -> Iterator[Row]:
    if str(record.get("cached")).lower() in ("true", "1"):
        return
    start = moment(record.get("created_at"))
    duration = find(record, "duration")
    yield Row(
        start,
        text(record.get("model")) or "",
        Tokens(count(record, "tokens_in"), 0, 0, 0, count(record, "tokens_out")),
        end=start + integer(duration) / 1000 if start is not None and duration is not None else None,
        billed=money(record.get("cost")),
        endpoint=text(find(record, "path")),
        has_cache_columns=False,
        id=text(record.get("id")),
    )


FORMAT = Format(
    "cloudflare",
    "Cloudflare AI Gateway logs",
    lambda record: has(record, "tokens_in", "tokens_out", "created_at"),
    _rows,
    "no prompts and no cache columns: a team's request logs or the vendor's usage report have them",
)
