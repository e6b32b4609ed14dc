"""The audit itself, in pure Python: every figure of the report, computed once, for all forms of output alike."""

from __future__ import annotations

import datetime
import functools
from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal

from llmlint.audit.buckets import Levers, Sorted, sort_calls
from llmlint.audit.caching import Prefix, prefixes_of
from llmlint.audit.figures import DAY, MOST, Audit, BurstFigures, Day, Pair, PrefixFigures, burst_order
from llmlint.audit.groups import Group, buckets_of, dollars_by_matches, spends_of, total
from llmlint.audit.join import Join
from llmlint.audit.prices import compute
from llmlint.audit.reading import Reading
from llmlint.audit.rows import Row, Tokens
from llmlint.audit.sites import Site
from llmlint.audit.traffic import Burst, Call, calls_of, find_bursts

_ZERO = Decimal(0)


def audit(reading: Reading, sites: Sequence[Site] | None = None, *, is_replayed: bool = False) -> Audit:
    """Compute the audit of what was read. `sites` are the call sites of the source, None where no source was given."""
    rows = reading.rows
    for row in rows:
        compute(row)
    cost_rows = [row for row in rows if row.is_cost_only]
    used = [row for row in rows if not row.is_cost_only]
    calls = calls_of(used)
    joins = _join(calls, sites or ())
    bursts = find_bursts(calls)
    prefixes = prefixes_of(calls)
    groups = [_group(each, *joins[id(each.call)]) for each in sort_calls(calls, prefixes)]
    counted = used or cost_rows
    spends = spends_of(groups, sites or ())
    priced = [row for row in counted if row.dollars is not None]
    unpriced = [row for row in used if row.dollars is None]
    start, end = _period(rows)
    shown_bursts = sorted((_burst_figures(burst) for burst in bursts), key=burst_order)
    tokens = functools.reduce(Tokens.plus, (row.tokens for row in used), Tokens())
    levers = total(group.levers for group in groups)
    rest = sum((row.dollars for row in priced if row.is_bucket and row.dollars is not None), _ZERO)
    billed, computed = _reconciled(used, cost_rows)
    joined, ambiguous, unmatched = dollars_by_matches(groups)
    return Audit(
        sources=reading.sources,
        start=start,
        end=end,
        calls=_count(used),
        rows=len(rows),
        tokens=tokens,
        dollars=sum((row.dollars for row in priced if row.dollars is not None), _ZERO),
        billed=billed,
        computed=computed,
        unpriced=Counter(row.model or "no model named" for row in unpriced),
        unpriced_tokens=sum(row.tokens.prompt + row.tokens.output for row in unpriced),
        without_time=sum(1 for row in rows if row.start is None),
        systems=len(
            {call.row.prompt.system.digest for call in calls if call.row.prompt is not None and call.row.prompt.system.chars}
        ),
        calls_with_prompt=sum(1 for call in calls if call.row.prompt is not None),
        pairs=_pairs(counted, calls),
        day=_largest_day(counted, bursts),
        buckets=buckets_of(groups),
        prefixes=[_prefix_figures(prefix) for prefix in prefixes[:MOST]],
        prefix_count=len(prefixes),
        unread=sum((prefix.unread for prefix in prefixes), _ZERO),
        keys=sum((max(_ZERO, prefix.now - prefix.keyed) for prefix in prefixes if prefix.keyed is not None), _ZERO),
        bursts=shown_bursts[:MOST],
        burst_count=len(bursts),
        without_cache_columns=sum(1 for row in used if not row.has_cache_columns),
        levers=levers.plus(Levers(rest, rest, rest, rest)),
        sites=spends,
        untraced=[site for site in sites or () if not any(spend.site is site and spend.calls for spend in spends)],
        has_source=sites is not None,
        joined=joined,
        ambiguous=ambiguous,
        unmatched=unmatched,
        is_replayed=is_replayed,
        passed_over=reading.passed_over,
    )


def _period(rows: Sequence[Row]) -> tuple[float | None, float | None]:
    """When the first row starts and the last one ends, in seconds since 1970; None where no row has a time."""
    starts = [row.start for row in rows if row.start is not None]
    ends = [row.end or row.start for row in rows if row.start is not None]
    return min(starts, default=None), max(ends, default=None)


def _join(calls: Sequence[Call], sites: Sequence[Site]) -> dict[int, tuple[str, tuple[Site, ...]]]:
    join = Join(sites)
    found = {}
    for call in calls:
        key = join.key(call.row)
        how, matched = join.of(key)
        found[id(call)] = how, matched
        if len(matched) == 1:
            call.join(matched[0], join.static(key, matched[0]))
    return found


def _group(each: Sorted, how: str, matched: tuple[Site, ...]) -> Group:
    site = matched[0] if len(matched) == 1 else None
    return Group(each.kind, each.basis, site, how, len(matched), each.call.row.calls or 1, 1, each.levers)


def _count(rows: Sequence[Row]) -> int | None:
    counts = [row.calls for row in rows]
    return None if not counts or any(count is None for count in counts) else sum(count for count in counts if count is not None)


def _reconciled(used: Sequence[Row], cost_rows: Sequence[Row]) -> tuple[Decimal | None, Decimal | None]:
    """The billed amount, and the computed one of the same rows: from one row each, or from a cost report beside a usage report."""
    both = [row for row in used if row.billed is not None and row.cost is not None]
    if both:
        return (
            sum((row.billed for row in both if row.billed is not None), _ZERO),
            sum((row.cost for row in both if row.cost is not None), _ZERO),
        )
    computed = [row.cost for row in used if row.cost is not None]
    billed = [row.billed for row in (cost_rows or used) if row.billed is not None]
    return (sum(billed, _ZERO) if billed else None, sum(computed, _ZERO) if computed else None)


def _pairs(rows: Sequence[Row], calls: Sequence[Call]) -> list[Pair]:
    sites = {id(call.row): call.site for call in calls}
    found: dict[tuple[str, str | None], Pair] = {}
    for row in rows:
        site = sites.get(id(row))
        endpoint = site.place if site is not None else row.endpoint or row.key
        pair = found.setdefault((row.model, endpoint), Pair(row.model, endpoint, 0, _ZERO))
        pair.calls += row.calls or 0
        pair.dollars += row.dollars or _ZERO
    return sorted(found.values(), key=lambda pair: (-pair.dollars, pair.model, pair.endpoint or ""))[:MOST]


def _largest_day(rows: Sequence[Row], bursts: Sequence[Burst]) -> Day | None:
    days: dict[int, Day] = {}
    in_bursts: defaultdict[int, Decimal] = defaultdict(lambda: _ZERO)
    for burst in bursts:
        for call in burst.calls:
            in_bursts[int((call.row.start or 0.0) // DAY)] += call.cost_now or _ZERO
    for row in rows:
        if row.start is None:
            continue
        number = int(row.start // DAY)
        date = datetime.datetime.fromtimestamp(number * DAY, datetime.timezone.utc).date().isoformat()
        day = days.setdefault(number, Day(date, 0, _ZERO, in_bursts[number]))
        day.calls += row.calls or 0
        day.dollars += row.dollars or _ZERO
    return max(days.values(), key=lambda day: (day.dollars, day.date), default=None)


def _prefix_figures(prefix: Prefix) -> PrefixFigures:
    return PrefixFigures(
        prefix.model,
        prefix.digest,
        len(prefix.calls),
        prefix.tokens,
        prefix.hit_rate,
        prefix.now,
        prefix.with_breakpoints,
        prefix.best,
        prefix.unread,
        prefix.unread_writes,
        next((call.site for call in prefix.calls if call.site is not None), None),
    )


def _burst_figures(burst: Burst) -> BurstFigures:
    first = burst.calls[0]
    cost = sum((call.cost_now for call in burst.calls if call.cost_now is not None), _ZERO)
    return BurstFigures(burst.kind, burst.start, len(burst.calls), cost, first.site, first.row.endpoint or first.row.model)
