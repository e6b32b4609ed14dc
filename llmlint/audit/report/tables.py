"""The report of an audit as titled tables and notes, which the text, Markdown and HTML forms render alike."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from llmlint.audit.buckets import UNKNOWN, Bucket, Kind
from llmlint.audit.figures import Audit, Spend, lever_of
from llmlint.catalog import Catalog

_SHOWN = 10
_TOP = 5
# Fewer distinct prompts than this for more calls than that: the prompts are sent again and again (the rule of thumb of the audit that this follows).
_FEW_PROMPTS, _MANY_CALLS = 10, 10_000
_LOW_HIT_RATE = 0.2


class Table(NamedTuple):
    """A part of the report: rows of text under columns (numbers are right-aligned where `columns` ends in a blank), and notes below."""

    title: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()


def dollars(amount: Decimal | None) -> str:
    """An amount in USD with cents, and with four digits below one dollar."""
    if amount is None:
        return "not known"
    return f"${amount:,.2f}" if abs(amount) >= 1 or amount == 0 else f"${amount:.4f}"


def share(part: Decimal, whole: Decimal) -> str:
    return f"{part / whole:.1%}" if whole else "0.0%"


def tables(audit: Audit) -> Iterator[Table]:
    """The parts of the report in order; parts for which the exports have no facts are left out, and "What is missing" names them."""
    yield _overview(audit)
    if audit.buckets:
        yield _buckets(audit)
    yield _questions(audit)
    yield _pairs(audit)
    if audit.prefixes:
        yield _caching(audit)
    if audit.bursts:
        yield _bursts(audit)
    if audit.buckets:
        yield _totals(audit)
        if audit.is_replayed:
            yield Table("Agreement of the cost model", notes=(_agreement(audit),))
            yield _replay(audit)
    if audit.has_source:
        yield _sites(audit)
        if audit.untraced:
            yield _untraced(audit)
    missing = tuple(_missing(audit))
    if missing:
        yield Table("What is missing", notes=missing)
    yield Table("Assumptions", notes=tuple(_assumptions(audit)))


def _when(seconds: float | None) -> str:
    if seconds is None:
        return "no time"
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M")


def period(audit: Audit) -> str:
    """The time that the exports cover."""
    if audit.days is None:
        return "the exports name no times"
    length = f"{audit.days:.1f} days" if audit.days >= 1 else f"{audit.days * 24:.1f} hours"
    return f"{_when(audit.start)} to {_when(audit.end)} UTC ({length})"


def _overview(audit: Audit) -> Table:
    rows = [("period", period(audit))]
    calls = "not counted in these exports" if audit.calls is None else f"{audit.calls:,}"
    rows += [("calls", calls), ("rows", f"{audit.rows:,}"), ("cost", dollars(audit.dollars))]
    if audit.billed is not None and audit.computed is not None and audit.billed:
        difference = (audit.computed - audit.billed) / audit.billed
        rows.append(("billed", f"{dollars(audit.billed)}; computed from tokens: {dollars(audit.computed)} ({difference:+.1%})"))
    elif audit.computed is not None:
        rows.append(("billed", "not in these exports; the cost is computed from tokens and list prices"))
    tokens = audit.tokens
    if tokens.prompt or tokens.output:
        sent = f"{tokens.input:,} uncached, {tokens.read:,} read, {tokens.write:,} written, {tokens.output:,} output"
        rows.append(("tokens", sent))
    notes = [
        f"{source.path}: {', '.join(format.title for format in source.formats) or 'no known format'}, {source.rows:,} rows"
        + (f", {source.repeated:,} repeated" if source.repeated else "")
        + (f", {source.skipped:,} records that are no calls" if source.skipped else "")
        + (f", {source.unknown:,} records of no known format" if source.unknown else "")
        + (f", {source.damaged:,} damaged ({'; '.join(source.faults)})" if source.damaged else "")
        for source in audit.sources
    ]
    if audit.passed_over:
        notes.append(f"files of these folders that are no exports: {audit.passed_over:,}")
    if audit.overlapping:
        notes.append(f"{' and '.join(audit.overlapping)} may hold the same calls, which then count more than once")
    unpriced = sum(audit.unpriced.values())
    names = ", ".join(f"{name} ({count:,})" for name, count in audit.unpriced.most_common(_TOP))
    notes.append(
        f"rows without a price: {unpriced:,}" + (f", with {audit.unpriced_tokens:,} tokens: {names}" if unpriced else "")
    )
    if audit.without_time:
        notes.append(f"rows without a time: {audit.without_time:,}")
    return Table("Overview", ("", ""), tuple(rows), tuple(notes))


def _buckets(audit: Audit) -> Table:
    total = sum((bucket.dollars for bucket in audit.buckets), Decimal(0))
    rows = tuple(_bucket(bucket, total) for bucket in audit.buckets)
    notes = []
    if any(not bucket.is_certain for bucket in audit.buckets):
        notes.append(
            "* not certain: the prompts in the source do not say what these tasks need, or a call was joined to no call site"
            if audit.has_source
            else "* from the traffic alone: whether somebody waits, and what a task needs, only the source says (--source FOLDER)"
        )
    return Table("Where the money goes", ("bucket", "calls ", "cost ", "share ", "", "rule"), rows, tuple(notes))


def _bucket(bucket: Bucket, total: Decimal) -> tuple[str, ...]:
    kind = bucket.kind
    title = kind.title + ("" if bucket.is_certain else " *")
    return (
        title,
        f"{bucket.calls:,}",
        dollars(bucket.dollars),
        share(bucket.dollars, total),
        worth(kind),
        ", ".join(kind.rules),
    )


def worth(kind: Kind) -> str:
    """Whether what calls of a kind cost is value or waste."""
    return "not known" if kind is UNKNOWN else "waste" if kind.is_waste else "value"


def _questions(audit: Audit) -> Table:
    notes = []
    if audit.calls_with_prompt:
        line = (
            f"{audit.systems:,} distinct system prompt{'s' if audit.systems != 1 else ''} for {audit.calls_with_prompt:,} calls"
        )
        if audit.systems < _FEW_PROMPTS and audit.calls_with_prompt > _MANY_CALLS and (audit.hit_rate or 0) < _LOW_HIT_RATE:
            line += ": the same prompts are sent in full again and again"
        notes.append(line)
    if audit.hit_rate is not None and audit.tokens.prompt:
        notes.append(f"{audit.hit_rate:.1%} of the tokens sent were read from a cache")
    if audit.tokens.write > audit.tokens.read and not audit.calls_with_prompt:
        notes.append(
            f"at least {audit.tokens.write - audit.tokens.read:,} tokens that were written to a cache were never read: more was written than read"
        )
    if audit.day is not None:
        part = f", {share(audit.day.in_bursts, audit.day.dollars)} of it in bulk runs" if audit.bursts else ""
        calls = f", {audit.day.calls:,} calls" if audit.day.calls else ""
        notes.append(f"the largest day was {audit.day.date}: {dollars(audit.day.dollars)}{calls}{part}")
    return Table("Four questions", notes=tuple(notes))


def _pairs(audit: Audit) -> Table:
    rows = tuple(
        (
            pair.model or "no model named",
            pair.endpoint or "not named",
            f"{pair.calls:,}" if pair.calls else "",
            dollars(pair.dollars),
            share(pair.dollars, audit.dollars),
        )
        for pair in audit.pairs[:_TOP]
    )
    return Table("Largest model and endpoint pairs", ("model", "endpoint", "calls ", "cost ", "share "), rows)


def _caching(audit: Audit) -> Table:
    rows: list[tuple[str, ...]] = []
    for prefix in audit.prefixes[:_SHOWN]:
        site = "" if prefix.site is None else prefix.site.place
        rows.append(
            (
                f"{prefix.digest[:12]}",
                prefix.model,
                f"{prefix.calls:,}",
                f"{prefix.tokens:,}",
                f"{prefix.hit_rate:.0%}",
                dollars(prefix.now),
                dollars(prefix.with_breakpoints["5m"]) if "5m" in prefix.with_breakpoints else "automatic",
                dollars(prefix.with_breakpoints["1h"]) if "1h" in prefix.with_breakpoints else "",
                dollars(prefix.unread) if prefix.unread_writes else "",
                site,
            )
        )
    columns: tuple[str, ...] = (
        "prefix",
        "model",
        "calls ",
        "tokens ",
        "read ",
        "cost ",
        "5 min ",
        "1 h ",
        "never read ",
        "call site",
    )
    kept = [index for index, name in enumerate(columns) if any(row[index] for row in rows)]
    columns, rows = tuple(columns[index] for index in kept), [tuple(row[index] for index in kept) for row in rows]
    notes = [
        "5 min and 1 h: what the same calls would have cost with breakpoints of that lifetime, replayed from the real gaps between them"
    ]
    if audit.prefix_count > _SHOWN:
        notes.append(f"{audit.prefix_count - _SHOWN:,} more repeated prefixes")
    if audit.unread:
        notes.append(f"cache writes that no later call read cost {dollars(audit.unread)}")
    return Table("Repeated prefixes", columns, tuple(rows), tuple(notes))


def _bursts(audit: Audit) -> Table:
    rows = []
    for burst in audit.bursts[:_SHOWN]:
        site = burst.site
        waits = "only the source says"
        if site is not None:
            waits = (
                "somebody waits"
                if site.is_interactive
                else "nobody, by the source"
                if site.has_fan_out
                else "not seen in the source"
            )
        place = site.place if site is not None else burst.origin
        rows.append((_when(burst.start), burst.kind, f"{burst.calls:,}", dollars(burst.dollars), place, waits))
    more = (f"{audit.burst_count - _SHOWN:,} more bursts",) if audit.burst_count > _SHOWN else ()
    return Table("Bulk runs", ("start (UTC)", "kind", "calls ", "cost ", "where", "who waits"), tuple(rows), more)


def _totals(audit: Audit) -> Table:
    levers = audit.levers
    rows = (
        ("now", dollars(levers.now), ""),
        ("with cache breakpoints", dollars(levers.cached), "certain: the same requests, answers and times"),
        ("and bulk runs as batches", dollars(levers.batched), "certain if nobody waits for them"),
        ("and simple tasks on a cheaper model", dollars(levers.smaller), "needs a test of quality"),
    )
    notes = ["Each line includes the ones above: the levers multiply, and their savings must not be added up."]
    if audit.keys:
        notes.append(
            f"Cache keys of OpenAI: at most {dollars(audit.keys)} less than now, if each call had read what others sent up to 30 minutes before. "
            "How requests are routed to a cache is not published."
        )
    return Table("What would have been paid", ("", "cost ", "how sure"), rows, tuple(notes))


def _replay(audit: Audit) -> Table:
    rows = [
        (
            bucket.kind.title,
            dollars(bucket.levers.now),
            dollars(bucket.levers.cached),
            dollars(bucket.levers.batched),
            dollars(bucket.levers.smaller),
        )
        for bucket in audit.buckets
    ]
    notes = (
        "breakpoints: on the last block that does not change, and in conversations on the last message; the cheaper of 5 minutes and 1 hour",
        "batches: bulk runs at half price, whose rows read what one request ahead of them wrote; hits in a batch are best effort",
        "models: the model that a finding names, else the next lower tier; the same tokens, adjusted for the tokenizer",
        "cache keys of OpenAI: only the most that they can give is known"
        if audit.keys
        else "cache keys of OpenAI: no calls of its models could have read more",
    )
    return Table("Replay of this traffic", ("bucket", "now ", "breakpoints ", "batches ", "models "), tuple(rows), notes)


def _agreement(audit: Audit) -> str:
    """How well the cost model gives what was billed, which the replay rests on."""
    if not audit.billed or audit.computed is None:
        return "the exports have no billed amount: the cost model could not be checked on the traffic as it was"
    difference = (audit.computed - audit.billed) / audit.billed
    return f"the cost model gives {dollars(audit.computed)} for the traffic as it was: {difference:+.2%} of what was billed"


def _sites(audit: Audit) -> Table:
    rows = []
    for spend in audit.sites:
        savings = [(code, spend.saving(code)) for code in spend.site.codes]
        saved = ", ".join(f"{code} {dollars(amount)}" for code, amount in savings if amount) or ", ".join(spend.site.codes)
        how = ", ".join(how for how, _ in spend.joined_by.most_common())
        rows.append((spend.site.place, spend.site.function, f"{spend.calls:,}", dollars(spend.dollars), how, saved))
    notes = [
        f"joined to one call site: {dollars(audit.joined)}; to several that fit alike: {dollars(audit.ambiguous)}; "
        f"to none: {dollars(audit.unmatched)}"
    ]
    if any(_shares(spend) for spend in audit.sites):
        notes.append("findings of one call site that are all about the cache, about batches or about the model share one saving")
    columns = ("call site", "function", "calls ", "cost ", "joined by", "findings, and what their fixes would have saved")
    return Table("Call sites", columns, tuple(rows), tuple(notes))


def _shares(spend: Spend) -> bool:
    """Whether several findings of a call site have the same lever, whose saving is shown beside each."""
    levers = [lever for code in spend.site.codes if spend.saving(code) and (lever := lever_of(code)) is not None]
    return len(levers) > len(set(levers))


def _untraced(audit: Audit) -> Table:
    notes = tuple(f"{site.place} {site.function}" for site in audit.untraced)
    return Table("Call sites that appear in no export (spend without a trace)", notes=notes)


def _missing(audit: Audit) -> Iterator[str]:
    for format in dict.fromkeys(format for source in audit.sources for format in source.formats):
        if format.lacks is not None:
            yield f"{format.title}: {format.lacks}"
    if not audit.tokens.prompt and not audit.tokens.output:
        yield "no token counts in these exports: the usage report or usage CSV of the same vendor has them"
    if audit.buckets and not audit.calls_with_prompt:
        yield "no prompts in these exports: repeated system prompts, conversations and the cache are judged by rows with prompts only"
    if audit.without_cache_columns:
        yield f"counts of cached tokens: {audit.without_cache_columns:,} rows have none, and count as uncached"
    if not audit.has_source:
        yield "no source: --source FOLDER joins the calls to the lines that make them, and says who waits"


def _assumptions(audit: Audit) -> Iterator[str]:
    yield f"list prices of llmlint's catalogue of {Catalog.bundled().date.isoformat()}, where the export has no amount of its own"
    if audit.calls_with_prompt:
        yield "tokens of a part of a prompt: its share of the request's characters, times the tokens that the export counted"
        yield "an entry of the cache can be read once the call that wrote it has ended; workspaces share none, which is not modelled"
    yield "prompts are shown as digests only; nothing was sent anywhere"
