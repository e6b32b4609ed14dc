"""From the tables of the analysis to the figures of an audit, the same that `summary` computes in pure Python."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from llmlint.audit.buckets import (
    BATCHED,
    CACHED,
    CHAT,
    FIRST,
    KINDS,
    PARALLEL,
    PREMIUM,
    REPEATED_SHARE,
    SERIAL,
    SHORT_ANSWER,
    UNCACHED,
    UNKNOWN,
    Kind,
    Levers,
    model_ratio,
)
from llmlint.audit.duck.store import DIGITS, Store
from llmlint.audit.figures import DAY, MOST, Audit, BurstFigures, Day, Pair, PrefixFigures
from llmlint.audit.groups import Group, buckets_of, dollars_by_matches, spends_of, total
from llmlint.audit.reading import Reading
from llmlint.audit.rows import Tokens
from llmlint.audit.sites import Site
from llmlint.catalog import Catalog

_ZERO = Decimal(0)
_BULK = "c.site IS NOT NULL AND s.has_fan_out AND NOT s.is_interactive AND (b.kind IS NOT NULL OR NOT c.has_stop)"
_NUMBERS = {kind: number for number, kind in enumerate(KINDS)}


def _is(kind: Kind, basis: str) -> str:
    return f"{{'kind': {_NUMBERS[kind]}, 'basis': '{basis}'}}"


# `buckets.sort_calls`, in the same order.
_KIND = f"""CASE
    WHEN c.tier IN ('batch', 'flex') THEN {_is(BATCHED, "traffic")}
    WHEN c.is_chat THEN {_is(CHAT, "traffic")}
    WHEN {_BULK} AND coalesce(b.kind = 'serial', NOT s.is_concurrent) THEN {_is(SERIAL, "source")}
    WHEN {_BULK} THEN {_is(PARALLEL, "source")}
    WHEN b.kind = 'serial' AND c.site IS NULL THEN {_is(SERIAL, "guess")}
    WHEN b.kind IS NOT NULL AND c.site IS NULL THEN {_is(PARALLEL, "guess")}
    WHEN c.is_premium AND s.is_simple THEN {_is(PREMIUM, "source")}
    WHEN c.is_premium AND s.is_premium THEN {_is(PREMIUM, "guess")}
    WHEN c.is_premium AND c.site IS NULL AND c.output BETWEEN 1 AND {SHORT_ANSWER} THEN {_is(PREMIUM, "guess")}
    WHEN p.is_cacheable AND c.has_start AND c.prefix_tokens >= {REPEATED_SHARE} * c.sent AND p.is_cached THEN {_is(CACHED, "traffic")}
    WHEN p.is_cacheable AND c.has_start AND c.prefix_tokens >= {REPEATED_SHARE} * c.sent THEN {_is(UNCACHED, "traffic")}
    WHEN NOT c.has_prompt THEN {_is(UNKNOWN, "traffic")}
    ELSE {_is(FIRST, "traffic")} END"""


def money(units: int | None) -> Decimal | None:
    """An amount of the database in USD."""
    return None if units is None else Decimal(int(units)).scaleb(-DIGITS)


def _sum(units: int | None) -> Decimal:
    return money(units) or _ZERO


def audit_of(store: Store, reading: Reading, sites: Sequence[Site] | None, *, is_replayed: bool) -> Audit:
    """The audit of an analysed store."""
    known = sites or ()
    has_used = bool(store.value("SELECT count(*) FROM rows WHERE NOT is_cost_only"))
    counted = "NOT is_cost_only" if has_used else "true"
    groups = list(_groups(store, known))
    start, end, count, without_time, dollars, rest_units = _row(
        store,
        f"""SELECT min(start), max(CASE WHEN start IS NOT NULL THEN coalesce(nullif(stop, 0), start) END), count(*), count(*) - count(start),
            sum(CASE WHEN {counted} THEN now END), sum(CASE WHEN {counted} AND is_bucket THEN now END) FROM priced""",
    )
    used = _row(
        store,
        """SELECT count(*), count(calls), sum(calls), sum("input"), sum("read"), sum(write_5m), sum(write_1h), sum("output"),
            count(DISTINCT CASE WHEN NOT is_bucket THEN system END), count(CASE WHEN NOT is_bucket AND has_prompt THEN 1 END),
            count(CASE WHEN NOT has_cache_columns THEN 1 END) FROM rows WHERE NOT is_cost_only""",
    )
    unpriced = store.execute(
        """SELECT coalesce(nullif(model, ''), 'no model named'), count(*), sum(sent + "output") FROM priced WHERE NOT is_cost_only AND now IS NULL
        GROUP BY 1 ORDER BY 1"""
    ).fetchall()
    rest = _sum(rest_units)
    spends = spends_of(groups, known)
    billed, computed = _reconciled(store, has_used)
    joined, ambiguous, unmatched = dollars_by_matches(groups)
    return Audit(
        sources=reading.sources,
        start=start,
        end=end,
        calls=None if not used[0] or used[1] != used[0] else int(used[2]),
        rows=count,
        tokens=Tokens(*(int(value or 0) for value in used[3:8])),
        dollars=_sum(dollars),
        billed=billed,
        computed=computed,
        unpriced=Counter({model: rows for model, rows, _ in unpriced}),
        unpriced_tokens=sum(int(tokens) for _, _, tokens in unpriced),
        without_time=without_time,
        systems=used[8],
        calls_with_prompt=used[9],
        pairs=_pairs(store, counted),
        day=_largest_day(store, counted),
        buckets=buckets_of(groups),
        prefixes=list(_prefixes(store, known)),
        prefix_count=store.value("SELECT count(*) FROM prefixes"),
        unread=_sum(store.value("SELECT sum(dollars) FROM unread")),
        keys=_sum(store.value("SELECT sum(greatest(now - keyed, 0)) FROM prefixes WHERE keyed IS NOT NULL")),
        bursts=list(_bursts(store, known)),
        burst_count=store.value("SELECT count(*) FROM bursts"),
        without_cache_columns=used[10],
        levers=total(group.levers for group in groups).plus(Levers(rest, rest, rest, rest)),
        sites=spends,
        untraced=[site for site in known if not any(spend.site is site for spend in spends)],
        has_source=sites is not None,
        joined=joined,
        ambiguous=ambiguous,
        unmatched=unmatched,
        is_replayed=is_replayed,
        passed_over=reading.passed_over,
    )


def _groups(store: Store, sites: Sequence[Site]) -> Iterator[Group]:
    found = store.execute(
        f"""WITH sorted AS (
            SELECT c.*, {_KIND} AS bucket, coalesce(p.best IS NOT NULL AND NOT p.is_cached AND c.has_start, false) AS is_replayed,
                coalesce(CASE WHEN p.best = '5m' THEN y.saved_5m ELSE y.saved_1h END, 0) AS saved,
                coalesce(CASE WHEN p.best = '5m' THEN y.written_5m ELSE y.written_1h END, 0) > 0 AS is_ahead, q.input AS price_in, h.input AS batch_in
            FROM calls c LEFT JOIN sites s ON c.site = s.site LEFT JOIN members b ON c.call = b.call
            LEFT JOIN prefixes p ON c.prefix_group = p.prefix_group LEFT JOIN replayed y ON c.call = y.call
            LEFT JOIN prices q ON c.price = q.price LEFT JOIN prices h ON c.number = h.number AND h.tier = 'batch' WHERE c.now IS NOT NULL
        ), levers AS (
            SELECT *, CASE WHEN is_replayed THEN coalesce(nullif(plain - saved, 0), now) ELSE now END AS cached,
                CASE WHEN is_replayed AND is_ahead THEN plain - saved WHEN is_replayed THEN plain_batch - saved * batch_in // price_in
                    ELSE as_batch END AS batch FROM sorted
        ) SELECT bucket.kind, bucket.basis, site, how, matched, m.id, sum(count), count(*), sum(now), sum(cached),
            sum(CASE WHEN bucket.kind IN ({_NUMBERS[SERIAL]}, {_NUMBERS[PARALLEL]}) THEN least(cached, coalesce(batch, cached)) ELSE cached END)
        FROM levers LEFT JOIN (SELECT number, any_value(id) AS id FROM models GROUP BY number) m USING (number) GROUP BY ALL ORDER BY ALL"""
    )
    for kind, basis, number, how, matched, model_id, calls, rows, now, cached, batch in found.fetchall():
        site = sites[number] if number is not None else None
        model = Catalog.bundled().models[model_id] if model_id is not None else None
        batched = _sum(batch)
        smaller = batched * model_ratio(model, site, KINDS[kind])
        levers = Levers(_sum(now), _sum(cached), batched, smaller)
        yield Group(KINDS[kind], basis, site, how or "", matched or 0, int(calls), rows, levers)


def _reconciled(store: Store, has_used: bool) -> tuple[Decimal | None, Decimal | None]:
    """`summary._reconciled`."""
    both, billed, cost, used_billed, used_cost, report = _row(
        store,
        """SELECT count(CASE WHEN is_both THEN 1 END), sum(CASE WHEN is_both THEN billed END), sum(CASE WHEN is_both THEN cost END),
            sum(CASE WHEN NOT is_cost_only THEN billed END), sum(CASE WHEN NOT is_cost_only THEN cost END),
            sum(CASE WHEN is_cost_only THEN billed END)
        FROM (SELECT *, NOT is_cost_only AND billed IS NOT NULL AND cost IS NOT NULL AS is_both FROM priced)""",
    )
    if both:
        return money(billed), money(cost)
    has_report = bool(store.value("SELECT count(*) FROM rows WHERE is_cost_only"))
    return money(report if has_report else used_billed), money(used_cost) if has_used else None


def _row(store: Store, sql: str) -> tuple[Any, ...]:
    found = store.execute(sql).fetchone()
    assert found is not None
    return tuple(found)


def _pairs(store: Store, counted: str) -> list[Pair]:
    found = store.execute(
        f"""WITH summed AS (
            SELECT label, site, sum(count) AS calls, sum(now) AS now FROM calls GROUP BY label, site
            UNION ALL BY NAME
            SELECT hash(model, endpoint, "key") AS label, NULL AS site, sum(calls) AS calls, sum(now) AS now FROM priced
            WHERE {counted} AND (is_bucket OR is_cost_only) GROUP BY label
        ) SELECT l.model, coalesce(s.place, nullif(l.endpoint, ''), l."key") AS name, coalesce(sum(calls), 0), coalesce(sum(now), 0) AS dollars
        FROM summed JOIN labels l USING (label) LEFT JOIN sites s USING (site) GROUP BY l.model, name
        ORDER BY dollars DESC, l.model, coalesce(name, '') LIMIT {MOST}"""
    )
    return [Pair(model, endpoint, int(calls), _sum(dollars)) for model, endpoint, calls, dollars in found.fetchall()]


def _largest_day(store: Store, counted: str) -> Day | None:
    found = store.execute(
        f"""SELECT CAST(floor(start / {DAY}) AS BIGINT) AS day, coalesce(sum(calls), 0), coalesce(sum(now), 0) AS dollars FROM priced
        WHERE {counted} AND start IS NOT NULL GROUP BY day ORDER BY dollars DESC, day DESC LIMIT 1"""
    ).fetchone()
    if found is None:
        return None
    number, calls, dollars = found
    in_bursts = store.value(
        f"""SELECT sum(c.now) FROM calls c SEMI JOIN members b ON c.call = b.call
        WHERE c.start >= {number * DAY} AND c.start < {(number + 1) * DAY}"""
    )
    date = datetime.datetime.fromtimestamp(number * DAY, datetime.timezone.utc).date().isoformat()
    return Day(date, int(calls), _sum(dollars), _sum(in_bursts))


def _prefixes(store: Store, sites: Sequence[Site]) -> Iterator[PrefixFigures]:
    found = store.execute(
        f"""WITH largest AS (SELECT * FROM prefixes ORDER BY now DESC LIMIT {MOST}), named AS (
            SELECT p.*, m.id FROM largest p LEFT JOIN (SELECT number, any_value(id) AS id FROM models GROUP BY number) m USING (number)
        ) SELECT n.id, n.begun AS digest, n.calls, n.tokens, n."read", n.sent, n.now,
            n.cost_5m, n.cost_1h, n.best, u.dollars, u.tokens, n.site
        FROM named n LEFT JOIN unread u USING (prefix_group) ORDER BY n.now DESC, n.id, digest"""
    )
    for model, digest, calls, tokens, read, sent, now, short, long, best, unread, unread_tokens, site in found.fetchall():
        costs = {lifetime: _sum(cost) for lifetime, cost in (("5m", short), ("1h", long)) if cost is not None}
        rate = int(read) / int(sent) if sent else 0.0
        place = sites[site] if site is not None else None
        yield PrefixFigures(
            model, digest, calls, tokens, rate, _sum(now), costs, best, _sum(unread), int(unread_tokens or 0), place
        )


def _bursts(store: Store, sites: Sequence[Site]) -> Iterator[BurstFigures]:
    found = store.execute(
        f"""SELECT b.kind, b.start, b.calls, coalesce(b.dollars, 0) AS dollars, b.site, coalesce(nullif(l.endpoint, ''), l.model) AS name
        FROM bursts b JOIN labels l USING (label) ORDER BY dollars DESC, b.start, name, b.calls LIMIT {MOST}"""
    )
    for kind, start, calls, dollars, site, name in found.fetchall():
        yield BurstFigures(kind, start, calls, _sum(dollars), sites[site] if site is not None else None, name)
