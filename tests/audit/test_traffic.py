"""Conversations, bursts, and the replay of what a cache would have given, against figures that can be checked by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from llmlint.audit.buckets import CACHED, CHAT, FIRST, PREMIUM, SERIAL, UNCACHED
from llmlint.audit.caching import prefixes_of
from llmlint.audit.figures import Audit
from llmlint.audit.formats.exchanges import FORMAT
from llmlint.audit.prices import compute, price
from llmlint.audit.reading import Reading
from llmlint.audit.rows import Row, Tokens
from llmlint.audit.summary import audit
from llmlint.audit.traffic import calls_of, find_bursts
from llmlint.catalog import Catalog

from .conftest import exchange

START = 1_795_000_000.0


def rows(*records: dict[str, Any]) -> list[Row]:
    found = [row for record in records for row in FORMAT.rows(record)]
    for row in found:
        compute(row)
    return found


def audited(*records: dict[str, Any]) -> Audit:
    return audit(Reading(rows(*records)))


def buckets(found: Audit) -> dict[str, int]:
    return {bucket.kind.title: bucket.calls for bucket in found.buckets}


def at_gaps(*gaps: float, **more: Any) -> list[dict[str, Any]]:
    """Calls with the same system prompt, each so many seconds after the one before ended."""
    start, found = START, []
    for number, gap in enumerate(gaps):
        start += gap
        found.append(exchange(start, f"question {number}", **more))
        start += 1
    return found


def test_a_conversation_continues_the_messages_of_a_call_before() -> None:
    first = [{"role": "user", "content": "hello"}]
    second = [*first, {"role": "assistant", "content": "yes?"}, {"role": "user", "content": "a ticket"}]
    found = calls_of(
        rows(exchange(START, "", messages=first), exchange(START + 60, "", messages=second), exchange(START + 90, "hello!"))
    )
    assert [call.is_conversation for call in found] == [True, True, False]


def test_few_shot_examples_are_no_conversation() -> None:
    shots = [{"role": "user", "content": "2+2"}, {"role": "assistant", "content": "4"}]
    found = calls_of(
        rows(
            *(
                exchange(START + number * 60, "", messages=[*shots, {"role": "user", "content": f"{number}"}])
                for number in range(3)
            )
        )
    )
    assert not any(call.is_conversation for call in found)


@pytest.mark.parametrize(
    ("starts", "seconds", "kinds"),
    [
        ([0, 1.5, 3, 4.5, 6], 1.0, ["serial"]),
        ([0, 0.1, 0.2, 0.3], 5.0, ["parallel"]),
        ([0, 1.5, 3], 1.0, []),
        ([0, 30, 60, 90, 120], 1.0, []),
        ([0, 1.5, 3, 4.5, 600, 601.5, 603, 604.5], 1.0, ["serial", "serial"]),
    ],
    ids=["one after the other", "side by side", "too few", "too far apart", "two runs"],
)
def test_bursts(starts: list[float], seconds: float, kinds: list[str]) -> None:
    calls = calls_of(rows(*(exchange(START + start, f"item {start}", seconds=seconds) for start in starts)))
    assert [burst.kind for burst in find_bursts(calls)] == kinds


def test_calls_at_batch_price_are_no_burst() -> None:
    found = rows(*(exchange(START + number * 1.5, f"item {number}") for number in range(6)))
    for row in found:
        row.tier = "batch"
    assert find_bursts(calls_of(found)) == []


def test_the_replay_of_five_minutes_and_one_hour() -> None:
    """Four calls, 60, 60 and 1,000 seconds apart, on a prefix of about 2,000 tokens: five minutes write twice, one hour once."""
    found = calls_of(rows(*at_gaps(0, 60, 60, 1_000)))
    (prefix,) = prefixes_of(found)
    tokens = [call.prefix_tokens for call in found]
    assert all(1_024 < each < 2_100 for each in tokens)
    assert [(each.write_5m, each.read) for each in prefix.replayed["5m"]] == [
        (tokens[0], 0),
        (0, tokens[1]),
        (0, tokens[2]),
        (tokens[3], 0),
    ]
    assert [(each.write_1h, each.read) for each in prefix.replayed["1h"]] == [
        (tokens[0], 0),
        (0, tokens[1]),
        (0, tokens[2]),
        (0, tokens[3]),
    ]
    assert all(each.prompt == 2_100 and each.output == 40 for lifetime in prefix.replayed.values() for each in lifetime)


def test_calls_side_by_side_cannot_read_what_each_other_writes() -> None:
    found = calls_of(rows(*(exchange(START + number / 10, f"item {number}", seconds=5) for number in range(3))))
    (prefix,) = prefixes_of(found)
    assert all(each.read == 0 and each.write_5m for each in prefix.replayed["5m"])


def test_a_prefix_below_the_minimum_is_not_replayed_as_cached() -> None:
    found = calls_of(rows(*at_gaps(0, 60, system="Answer in one sentence.", input=60)))
    (prefix,) = prefixes_of(found)
    assert all(each == Tokens(60, 0, 0, 0, 40) for each in prefix.replayed["5m"])


def test_sparse_calls_get_no_saving() -> None:
    """An hour and more between calls: any breakpoint would have cost more."""
    found = audited(*at_gaps(0, 4_000, 4_000, 4_000))
    assert found.prefixes[0].best is None
    assert found.levers.cached == found.levers.now


def test_the_buckets_and_their_levers() -> None:
    chat = [{"role": "user", "content": "hello"}]
    turn = [*chat, {"role": "assistant", "content": "yes?"}, {"role": "user", "content": "a ticket"}]
    found = audited(
        *at_gaps(0, 60, 60),
        exchange(START + 500, "", messages=chat, model="claude-haiku-5-5"),
        exchange(START + 560, "", messages=turn, model="claude-haiku-5-5"),
        *(exchange(START + 900 + number * 1.5, f"row {number}", system=None, model="claude-opus-5") for number in range(5)),
        exchange(START + 2_000, "a label", model="claude-opus-5-5", system=None, output=3),
        exchange(START + 3_000, "a long letter" * 200, system=None, output=400),
    )
    assert buckets(found) == {FIRST.title: 1, CHAT.title: 2, UNCACHED.title: 3, PREMIUM.title: 1, SERIAL.title: 5}
    levers = found.levers
    assert levers.now > levers.cached > levers.batched > levers.smaller
    by_kind = {bucket.kind: bucket for bucket in found.buckets}
    assert by_kind[SERIAL].levers.batched == by_kind[SERIAL].levers.now / 2
    assert not by_kind[SERIAL].is_certain
    assert by_kind[UNCACHED].is_certain


def test_prompts_that_are_read_from_the_cache_are_no_waste() -> None:
    found = audited(*at_gaps(0, 60, 60, 60, input=100, read=2_000))
    assert buckets(found) == {CACHED.title: 4}
    assert found.levers.cached == found.levers.now
    assert found.hit_rate == pytest.approx(2_000 / 2_100)


def test_writes_that_no_call_read() -> None:
    records = [exchange(START, "a", input=100, write=2_000), exchange(START + 60, "b", input=100, read=2_000)]
    records += [exchange(START + 5_000, "c", input=100, write=2_000), exchange(START + 9_000, "d", input=100, write=2_000)]
    (prefix,) = audited(*records).prefixes
    assert prefix.unread_writes == 4_000
    model = Catalog.bundled().models["claude-sonnet-5-5"]
    assert prefix.unread == price(model, Tokens(0, 0, 4_000, 0, 0))


def test_prices_are_exact_and_tiers_count() -> None:
    model = Catalog.bundled().models["claude-opus-5-5"]
    tokens = Tokens(1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000)
    assert price(model, tokens) == Decimal("4") + Decimal("0.2") + Decimal("5") + Decimal("8") + Decimal("20")
    assert price(model, tokens, "batch") == price(model, tokens, "flex") == Decimal("37.2") / 2
    assert price(model, tokens, "fast") is None


def test_rows_without_a_price_are_counted_and_cost_nothing() -> None:
    found = audited(exchange(START, "a", model="my-own-model"), exchange(START, "b"))
    assert (dict(found.unpriced), found.unpriced_tokens) == ({"my-own-model": 1}, 2_140)
    assert found.dollars == audited(exchange(START, "b")).dollars


def test_the_largest_day_and_the_largest_pairs() -> None:
    day = 86_400.0
    records = [exchange(START + number * 30, f"{number}", endpoint="chat") for number in range(3)]
    records += [exchange(START + day + number * 1.5, f"{number}", endpoint="nightly") for number in range(9)]
    found = audited(*records)
    assert found.day is not None
    assert (found.day.calls, found.day.dollars, found.day.in_bursts) == (9, found.day.in_bursts, found.day.dollars)
    assert [(pair.endpoint, pair.calls) for pair in found.pairs] == [("nightly", 9), ("chat", 3)]
    assert (found.systems, found.calls_with_prompt) == (1, 12)
