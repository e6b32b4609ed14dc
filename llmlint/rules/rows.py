"""What the caching rules say of requests that are rows of a batch."""

from __future__ import annotations

from llmlint.callsite import Request
from llmlint.catalog import Catalog
from llmlint.findings import Saving
from llmlint.fixes.prompt.rows_breakpoint import FEWEST_ROWS, fills_cache_alone
from llmlint.rules.prompts import Prefix


def how_to_cache_rows(call: Request) -> str:
    """How rows get a start of theirs from the cache."""
    ahead = (
        "send one request with the same start and `max_tokens=0`"
        if fills_cache_alone(call)
        else "send one of them as an ordinary request"
    )
    return (
        f'mark the last static block of each row with `cache_control` and `"ttl": "1h"`, and {ahead} ahead of the batch: rows run side by side, '
        "and without it each may pay for the write"
    )


def each_time(call: Request) -> str:
    """How often a prompt is sent, for a sentence."""
    return "in each row of the batch" if call.is_batch else "on every call"


def are_too_few(call: Request) -> bool:
    """Whether there are so few rows that a write ahead of them saves nothing."""
    fan_out = call.fan_out
    return fan_out is not None and fan_out.items is not None and fan_out.items < FEWEST_ROWS


def saving_of_rows(prefix: Prefix, catalog: Catalog) -> Saving | None:
    """What a thousand rows pay for the prefix without caching, and with a write ahead of them, at ordinary prices: a row costs half of that."""
    model = prefix.model
    if model is None or model.input is None or model.cache_read is None or model.cache_write_1h is None:
        return None
    size = "exactly" if prefix.is_exact else "about"
    return Saving(
        prefix.tokens * model.input / 1000,
        prefix.tokens * (2 * model.cache_write_1h + 1000 * model.cache_read) / 1_000_000,
        (
            f"{size} {prefix.tokens:,} tokens of the prompt are the same in each row",
            "one request ahead of the batch writes them for an hour, outside of the batch, and each row reads them",
            f"{model.id}: ${model.input:g} input, ${model.cache_write_1h:g} cache write for an hour, ${model.cache_read:g} cache read per million "
            f"tokens (catalogue of {catalog.date})",
        ),
    )
