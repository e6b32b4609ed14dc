"""Sums over calls in buckets: by bucket, by call site, and by how many call sites they fit."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from llmlint.audit.buckets import KINDS, NOTHING, Basis, Bucket, Kind, Levers
from llmlint.audit.figures import Spend
from llmlint.audit.sites import Site


@dataclass(frozen=True, slots=True)
class Group:
    """Calls of one bucket and call site. `matched` is how many call sites they fit; `site` is the one where it is only one, found by `how`."""

    kind: Kind
    basis: Basis
    site: Site | None
    how: str
    matched: int
    calls: int
    rows: int
    levers: Levers


def total(levers: Iterable[Levers]) -> Levers:
    return functools.reduce(Levers.plus, levers, NOTHING)


def buckets_of(groups: Iterable[Group]) -> list[Bucket]:
    """The buckets that hold calls, in the order of `KINDS`."""
    found = {kind: Bucket(kind) for kind in KINDS}
    for group in groups:
        bucket = found[group.kind]
        bucket.calls += group.calls
        bucket.levers = bucket.levers.plus(group.levers)
        bucket.is_certain = bucket.is_certain and group.basis != "guess"
    return [bucket for bucket in found.values() if bucket.calls]


def spends_of(groups: Iterable[Group], sites: Sequence[Site]) -> list[Spend]:
    """What the call sites with calls cost, the most expensive first."""
    found = {id(site): Spend(site) for site in sites}
    for group in groups:
        if group.site is None:
            continue
        spend = found[id(group.site)]
        spend.calls += group.calls
        spend.dollars += group.levers.now
        spend.joined_by[group.how] += group.rows
        spend.levers = spend.levers.plus(group.levers)
    return sorted((spend for spend in found.values() if spend.calls), key=lambda spend: (-spend.dollars, spend.site.place))


def dollars_by_matches(groups: Sequence[Group]) -> tuple[Decimal, Decimal, Decimal]:
    """What calls cost that fit one call site, several, and none."""
    one = total(group.levers for group in groups if group.matched == 1)
    several = total(group.levers for group in groups if group.matched > 1)
    none = total(group.levers for group in groups if group.matched == 0)
    return one.now, several.now, none.now
