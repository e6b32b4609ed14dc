"""Prompts that begin alike, with `cache_control`: what they have in common is written once ahead of the batch, where that pays."""

from __future__ import annotations

import asyncio
from typing import Any

import anthropic
import pytest

from metered import Tokens
from shops import Shop

RULES = " ".join(f"Rule {number}: answer politely and name paragraph {number}." for number in range(300))
MARK: Any = {"type": "ephemeral"}
MODEL = "claude-sonnet-5"
MORE_PARTS = {"prefixes", "anthropic", "map"}


def system(text: str = RULES, mark: Any = MARK) -> list[Any]:
    return [{"type": "text", "text": text, **({"cache_control": mark} if mark else {})}]


def ask_many(shop: Shop, count: int, *, mark: Any = MARK, text: str = RULES, **more: Any) -> list[str]:
    client = shop.claude()

    def ask(number: int) -> str:
        messages: Any = [{"role": "user", "content": f"Question {number}?"}]
        message = client.messages.create(model=MODEL, max_tokens=20, system=system(text, mark), messages=messages, **more)
        assert message.content[0].type == "text"
        return message.content[0].text

    return shop.helper.batch_map(ask, range(count))


def tokens(shop: Shop) -> Tokens:
    return shop.account.bill.tokens


def test_one_call_writes_and_the_rows_read(shop: Shop) -> None:
    answers = ask_many(shop, 40)
    assert shop.kinds == {"messages": 1, "batch": 39}
    lines = shop.account.bill.lines
    written = lines[0].tokens
    assert (lines[0].kind, written.write_5m) == ("messages", 0)
    assert written.write_1h > 2_000
    assert {line.tokens.read for line in lines[1:]} == {written.write_1h}
    assert tokens(shop).write == written.write_1h, "no row writes"
    assert len(set(answers)) > 20
    warmed = shop.account.bill.dollars

    shop.set_up()
    assert ask_many(shop, 40, mark=None) == answers
    assert warmed < 0.5 * shop.account.bill.dollars, "less than half of a batch without a cache"


@pytest.mark.parametrize("count", [2, 5])
def test_few_do_without_a_cache(shop: Shop, count: int) -> None:
    ask_many(shop, count)
    assert shop.kinds == {"batch": count}
    assert (tokens(shop).write, tokens(shop).read) == (0, 0)
    unmarked = shop.account.bill.dollars
    shop.set_up()
    ask_many(shop, count, mark=None)
    assert unmarked == shop.account.bill.dollars


@pytest.mark.parametrize("count", [2, 5, 6, 12, 40])
def test_it_never_costs_more_than_rows_that_write_for_themselves(shop: Shop, count: int, monkeypatch: pytest.MonkeyPatch) -> None:

    shop.set_up(batch_wave=100)
    ask_many(shop, count)
    ours = shop.account.bill.dollars
    shop.set_up(batch_wave=100)
    monkeypatch.setattr(shop.helper, "_cache_shared_prefixes", lambda calls: calls)
    ask_many(shop, count)
    rows_that_write = shop.account.bill.dollars
    shop.set_up()
    ask_many(shop, count, mark=None)
    without_cache = shop.account.bill.dollars
    assert ours <= min(rows_that_write, without_cache)


def test_a_short_prefix_is_not_worth_a_call(shop: Shop) -> None:
    ask_many(shop, 8, text="Be polite.")
    assert shop.kinds == {"batch": 8}


def test_a_prefix_that_the_model_does_not_cache(shop: Shop) -> None:
    """Long enough to try, too short for the model's minimum: one call shows it, and the rows do without."""
    ask_many(shop, 8, text=RULES[:2_100])
    assert shop.kinds == {"messages": 1, "batch": 7}
    assert (tokens(shop).write, tokens(shop).read) == (0, 0)
    assert "cache_control" not in str([row for batch in shop.account.batches.values() for row in batch.requests])


def test_a_first_call_that_fails(shop: Shop) -> None:
    client = shop.claude()

    def ask(number: int) -> str:
        messages: Any = [{"role": "user", "content": "[[errored]]" if number == 0 else f"Question {number}?"}]
        return client.messages.create(model=MODEL, max_tokens=20, system=system(), messages=messages).id

    with shop.helper.BatchExecutor() as pool:
        first = pool.submit(ask, 0)
        while not pool._scope._queue:
            pass
        others = [pool.submit(ask, number) for number in range(1, 8)]
    assert isinstance(first.exception(), anthropic.BadRequestError)
    assert len({future.result() for future in others}) == 7
    assert (tokens(shop).write, shop.kinds) == (0, {"batch": 7})


def test_prefixes_of_several_lengths(shop: Shop) -> None:
    """Rules that all share, and two documents: each is written once, and the second document's writer reads the rules."""
    client = shop.claude()
    documents = [f"Document {name}. " * 400 for name in "AB"]

    def ask(number: int) -> str:
        parts: Any = [
            {"type": "text", "text": documents[number % 2], "cache_control": MARK},
            {"type": "text", "text": f"Question {number}?"},
        ]
        messages: Any = [{"role": "user", "content": parts}]
        return client.messages.create(model=MODEL, max_tokens=20, system=system(), messages=messages).id

    shop.helper.batch_map(ask, range(16))
    assert shop.kinds == {"messages": 2, "batch": 14}
    first, second, *rows = [line.tokens for line in shop.account.bill.lines]
    assert 0 < second.write_1h < first.write_1h, "the rules are not written twice"
    assert second.read > 0
    assert all(row.write == 0 and row.read > second.read for row in rows)


def test_marks_that_nobody_shares_are_left_as_they_are(shop: Shop) -> None:
    client = shop.claude()

    def ask(number: int) -> str:
        messages: Any = [{"role": "user", "content": "Question?"}]
        text = f"Guest {number}. {RULES}"
        return client.messages.create(model=MODEL, max_tokens=20, system=system(text), messages=messages).id

    shop.helper.batch_map(ask, range(8))
    assert shop.kinds == {"batch": 8}
    assert tokens(shop).write_5m > 0
    assert tokens(shop).write_1h == 0


@pytest.mark.parametrize("differing", ["tools", "model"])
def test_tools_and_models_are_part_of_a_prefix(shop: Shop, differing: str) -> None:
    client = shop.claude()

    def ask(number: int) -> str:
        side = number % 2 * (differing == "tools")
        tools: Any = [{"name": f"note{side}", "input_schema": {"type": "object"}}]
        model = ["claude-sonnet-5", "claude-sonnet-4-6"][number % 2 * (differing == "model")]
        messages: Any = [{"role": "user", "content": f"Question {number}?"}]
        return client.messages.create(model=model, max_tokens=20, tools=tools, system=system(), messages=messages).id

    shop.helper.batch_map(ask, range(10))
    assert shop.kinds == {"batch": 10}, "five share each prefix"
    assert tokens(shop).write == 0


def test_the_answer_of_the_call_ahead_is_its_callers(shop: Shop) -> None:
    async def main() -> list[str]:
        async with shop.async_claude() as client:

            async def ask(number: int) -> str:
                messages: Any = [{"role": "user", "content": f"Question {number}?"}]
                message = await client.messages.create(model=MODEL, max_tokens=20, system=system(), messages=messages)
                assert message.content[0].type == "text"
                return message.content[0].text

            alone = [await ask(number) for number in range(8)]
            with shop.helper.batch_scope():
                together = await asyncio.gather(*map(ask, range(8)))
            assert together == alone
            return alone

    asyncio.run(main())
    assert shop.kinds == {"messages": 9, "batch": 7}


def test_the_callers_request_is_not_changed(shop: Shop) -> None:
    """The same lists and dicts are passed by all calls, and used again afterwards."""
    client = shop.claude()
    shared = system()

    def ask(number: int) -> str:
        messages: Any = [{"role": "user", "content": f"Question {number}?"}]
        return client.messages.create(model=MODEL, max_tokens=20, system=shared, messages=messages).id

    shop.helper.batch_map(ask, range(8))
    assert shared == system()
