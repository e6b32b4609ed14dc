"""An audit as JSON. Amounts are texts with exact decimals; prompts are digests."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any

from llmlint.audit.buckets import Bucket, Levers
from llmlint.audit.figures import Audit, BurstFigures, Day, PrefixFigures, Spend
from llmlint.audit.reading import Source
from llmlint.audit.sites import Site

VERSION = 1


def render(audit: Audit) -> str:
    return json.dumps(document(audit), indent=2, allow_nan=False) + "\n"


def document(audit: Audit) -> dict[str, Any]:
    """The audit as a JSON document; every amount is USD of the period."""
    return {
        "version": VERSION,
        "sources": [_source(source) for source in audit.sources],
        "period": {"start": _time(audit.start), "end": _time(audit.end), "days": audit.days},
        "rows": audit.rows,
        "calls": audit.calls,
        "cost": _money(audit.dollars),
        "billed": _money(audit.billed),
        "computed": _money(audit.computed),
        "unpriced": {
            "rows": sum(audit.unpriced.values()),
            "tokens": audit.unpriced_tokens,
            "models": dict(sorted(audit.unpriced.items())),
        },
        "tokens": audit.tokens._asdict(),
        "hit_rate": audit.hit_rate,
        "system_prompts": {"distinct": audit.systems, "calls": audit.calls_with_prompt},
        "pairs": [
            {"model": pair.model, "endpoint": pair.endpoint, "calls": pair.calls, "cost": _money(pair.dollars)}
            for pair in audit.pairs
        ],
        "largest_day": None if audit.day is None else _day(audit.day),
        "buckets": [_bucket(bucket) for bucket in audit.buckets],
        "prefixes": [_prefix(prefix) for prefix in audit.prefixes],
        "bursts": [_burst(burst) for burst in audit.bursts],
        "levers": _levers(audit.levers),
        "keys_at_most": _money(audit.keys),
        "sites": [_spend(spend) for spend in audit.sites],
        "untraced": [_site(site) for site in audit.untraced],
        "joined": {"one": _money(audit.joined), "several": _money(audit.ambiguous), "none": _money(audit.unmatched)}
        if audit.has_source
        else None,
    }


def _source(source: Source) -> dict[str, Any]:
    return {
        "path": source.path,
        "formats": [format.name for format in source.formats],
        "rows": source.rows,
        "repeated": source.repeated,
        "skipped": source.skipped,
        "unknown": source.unknown,
        "damaged": source.damaged,
        "faults": source.faults,
    }


def _day(day: Day) -> dict[str, Any]:
    return {"date": day.date, "calls": day.calls, "cost": _money(day.dollars), "in_bursts": _money(day.in_bursts)}


def _bucket(bucket: Bucket) -> dict[str, Any]:
    return {
        "bucket": bucket.kind.title,
        "calls": bucket.calls,
        "cost": _money(bucket.dollars),
        "waste": bucket.kind.is_waste,
        "rules": list(bucket.kind.rules),
        "certain": bucket.is_certain,
        "levers": _levers(bucket.levers),
    }


def _prefix(prefix: PrefixFigures) -> dict[str, Any]:
    return {
        "digest": prefix.digest,
        "model": prefix.model,
        "calls": prefix.calls,
        "tokens": prefix.tokens,
        "hit_rate": prefix.hit_rate,
        "cost": _money(prefix.now),
        "with_breakpoints": {name: _money(amount) for name, amount in prefix.with_breakpoints.items()},
        "best": prefix.best,
        "writes_never_read": {"tokens": prefix.unread_writes, "cost": _money(prefix.unread)},
    }


def _burst(burst: BurstFigures) -> dict[str, Any]:
    return {
        "kind": burst.kind,
        "start": _time(burst.start),
        "calls": burst.calls,
        "cost": _money(burst.dollars),
        "site": _site(burst.site),
    }


def _spend(spend: Spend) -> dict[str, Any]:
    return {
        **(_site(spend.site) or {}),
        "calls": spend.calls,
        "cost": _money(spend.dollars),
        "joined_by": dict(spend.joined_by),
        "findings": [{"code": code, "saved": _money(spend.saving(code))} for code in spend.site.codes],
        "levers": _levers(spend.levers),
    }


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.6f}"


def _levers(levers: Levers) -> dict[str, str | None]:
    return {
        "now": _money(levers.now),
        "cached": _money(levers.cached),
        "batched": _money(levers.batched),
        "smaller": _money(levers.smaller),
    }


def _site(site: Site | None) -> dict[str, Any] | None:
    if site is None:
        return None
    return {"path": site.path, "line": site.line, "function": site.function}


def _time(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).isoformat().replace("+00:00", "Z")
