"""Transcripts of Claude Code (`~/.claude/projects/**/*.jsonl`). Several lines may belong to one request; the last has its whole usage."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.audit.fields import Record, count, find, moment, text, tier
from llmlint.audit.formats.base import Format, has
from llmlint.audit.rows import Row, Tokens


def _matches(record: Record) -> bool:
    # Summaries and snapshots of files name no session.
    if record.get("type") in ("summary", "file-history-snapshot") and ("leafUuid" in record or "messageId" in record):
        return True
    return has(record, "sessionId", "type") and (
        "message" in record or record.get("type") in ("summary", "system", "user", "assistant")
    )


def _rows(record: Record) -> Iterator[Row]:
    usage = find(record, "message.usage")
    model = text(find(record, "message.model"))
    if record.get("type") != "assistant" or not isinstance(usage, dict) or model is None or model == "<synthetic>":
        return
    long = count(usage, "cache_creation.ephemeral_1h_input_tokens")
    written = count(usage, "cache_creation_input_tokens")
    yield Row(
        moment(record.get("timestamp")),
        model,
        Tokens(
            count(usage, "input_tokens"),
            count(usage, "cache_read_input_tokens"),
            max(0, written - long),
            long,
            count(usage, "output_tokens"),
        ),
        tier="fast" if tier(usage.get("speed")) == "fast" else tier(usage.get("service_tier")),
        endpoint=text(record.get("cwd")) or "Claude Code",
        id=text(find(record, "requestId", "message.id")),
    )


FORMAT = Format(
    "claude-code",
    "Claude Code transcripts",
    _matches,
    _rows,
    "the prompts of an agent that is not this project's: no call site is joined",
)
