"""The metered Message Batches API, through the real SDK."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest

from metered import Account, MeteredServer, Settings

WORDS = "Answer from this handbook, and from nothing else. " * 100
SONNET = "claude-sonnet-5-5"


@pytest.fixture
def settings() -> Settings:
    return Settings(batch_rows=20, batch_bytes=100_000)


@pytest.fixture
def client(server: MeteredServer) -> Iterator[Any]:
    with anthropic.Anthropic(base_url=server.anthropic_url("test"), api_key="any") as client:
        yield client


def row(name: str, question: str = "Why?", **params: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": question}]
    return {"custom_id": name, "params": {"model": SONNET, "max_tokens": 100, "messages": messages, **params}}


def results(client: Any, rows: list[dict[str, Any]]) -> dict[str, Any]:
    batch = client.messages.batches.create(requests=rows)
    for _ in range(10):
        if client.messages.batches.retrieve(batch.id).processing_status == "ended":
            return {result.custom_id: result.result for result in client.messages.batches.results(batch.id)}
    raise AssertionError("the batch does not end")


def test_a_batch_takes_some_polls_and_comes_back_in_another_order_at_half_the_price(client: Any, account: Account) -> None:
    questions = [f"What is {number}?" for number in range(8)]
    batch = client.messages.batches.create(requests=[row(f"q-{number}", text) for number, text in enumerate(questions)])
    assert batch.processing_status == "in_progress"
    assert batch.request_counts.processing == 8
    with pytest.raises(anthropic.AnthropicError):
        client.messages.batches.results(batch.id)
    states = [client.messages.batches.retrieve(batch.id).processing_status for _ in range(3)]
    assert states[-1] == "ended"
    found = list(client.messages.batches.results(batch.id))
    names = [each.custom_id for each in found]
    assert sorted(names) == [f"q-{number}" for number in range(8)]
    assert names != sorted(names)
    in_batch = account.bill.dollars
    one_by_one = [client.messages.create(**row("", text)["params"]) for text in questions]
    answers = {each.custom_id: each.result.message.content[0].text for each in found}
    assert [answers[f"q-{number}"] for number in range(8)] == [message.content[0].text for message in one_by_one]
    assert in_batch == pytest.approx((account.bill.dollars - in_batch) / 2)
    assert [line.kind for line in account.bill.lines] == ["batch"] * 8 + ["messages"] * 8


def test_rows_fail_one_by_one_and_only_answers_are_billed(client: Any, account: Account) -> None:
    rows = [
        row("good"),
        row("refused", "[[errored]]"),
        row("late", "[[expired]]"),
        row("gone", model="claude-3-opus-20240229"),
        row("streamed", stream=True),
        row("warming", max_tokens=0),
    ]
    found = results(client, rows)
    assert {name: result.type for name, result in found.items()} == {
        "good": "succeeded",
        "refused": "errored",
        "late": "expired",
        "gone": "errored",
        "streamed": "errored",
        "warming": "errored",
    }
    assert found["gone"].error.error.type == "not_found_error"
    assert len(account.bill.lines) == 1
    assert len(account.bill.refused) == 4


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([row("a.b")], "match pattern"),
        ([row("")], "match pattern"),
        ([row("x" * 65)], "match pattern"),
        ([row("same"), row("same")], "not unique"),
        ([], "at least 1"),
        ([row(f"r{number}") for number in range(21)], "at most 20"),
        ([{"custom_id": "a"}], "required"),
    ],
)
def test_a_batch_that_breaks_the_rules_is_refused_as_a_whole(
    client: Any, account: Account, rows: list[dict[str, Any]], words: str
) -> None:
    with pytest.raises(anthropic.BadRequestError, match=words):
        client.messages.batches.create(requests=rows)
    assert not account.batches


def test_a_batch_that_is_too_large_is_refused(client: Any) -> None:
    with pytest.raises(anthropic.APIStatusError) as refused:
        client.messages.batches.create(requests=[row("long", "x" * 100_000)])
    assert refused.value.status_code == 413


def test_marks_in_a_batch_are_read_by_later_waves(client: Any, account: Account) -> None:
    system = [{"type": "text", "text": WORDS, "cache_control": {"type": "ephemeral"}}]
    found = results(client, [row(f"r{number}", f"Why {number}?", system=system) for number in range(12)])
    reads = [result.message.usage.cache_read_input_tokens > 0 for result in found.values()]
    assert reads.count(True) == 8
    assert all(result.message.usage.service_tier == "batch" for result in found.values())


def test_a_canceled_batch_ends_without_answers(client: Any, account: Account) -> None:
    batch = client.messages.batches.create(requests=[row("a"), row("b")])
    assert client.messages.batches.cancel(batch.id).processing_status == "canceling"
    while client.messages.batches.retrieve(batch.id).processing_status != "ended":
        pass
    assert [each.result.type for each in client.messages.batches.results(batch.id)] == ["canceled", "canceled"]
    assert account.bill.dollars == 0
    assert [each.id for each in client.messages.batches.list()] == [batch.id]


def test_the_async_client_and_the_beta_path_work_too(server: MeteredServer) -> None:
    async def run() -> list[str]:
        async with anthropic.AsyncAnthropic(base_url=server.anthropic_url("async"), api_key="any") as client:
            batches: Any = client.beta.messages.batches
            batch = await batches.create(requests=[row("a", "One?"), row("b", "Two?")])
            while (await batches.retrieve(batch.id)).processing_status != "ended":
                await asyncio.sleep(0)
            return [each.result.type async for each in await batches.results(batch.id)]

    assert asyncio.run(run()) == ["succeeded", "succeeded"]
