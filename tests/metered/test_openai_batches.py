"""The metered Batch API of OpenAI and its flex tier, through the real SDK."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from metered import Account, MeteredServer, Settings

CHAT = "/v1/chat/completions"
RESPONSES = "/v1/responses"
SOL = "gpt-6.1-sol"
HANDBOOK = "Answer from this handbook, and from nothing else. " * 150


@pytest.fixture
def settings() -> Settings:
    return Settings(openai_batch_rows=20, openai_batch_bytes=100_000)


@pytest.fixture
def client(server: MeteredServer) -> Iterator[Any]:
    with openai.OpenAI(base_url=server.openai_url("test"), api_key="any") as client:
        yield client


def row(name: str, question: str = "Why?", endpoint: str = CHAT, **body: Any) -> dict[str, Any]:
    asked = {"messages": [{"role": "user", "content": question}]} if endpoint == CHAT else {"input": question}
    return {"custom_id": name, "method": "POST", "url": endpoint, "body": {"model": SOL, **asked, **body}}


def start(client: Any, rows: list[Any], endpoint: str = CHAT) -> Any:
    lines = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in rows)
    uploaded = client.files.create(file=("requests.jsonl", lines.encode()), purpose="batch")
    assert (uploaded.filename, uploaded.bytes) == ("requests.jsonl", len(lines.encode()))
    return client.batches.create(input_file_id=uploaded.id, endpoint=endpoint, completion_window="24h")


def end(client: Any, batch: Any) -> Any:
    for _ in range(10):
        batch = client.batches.retrieve(batch.id)
        if batch.status in ("completed", "failed", "cancelled"):
            return batch
    raise AssertionError("the batch does not end")


def lines(client: Any, name: str | None) -> dict[str, Any]:
    if name is None:
        return {}
    rows = [json.loads(line) for line in client.files.content(name).text.splitlines()]
    return {each["custom_id"]: each for each in rows}


@pytest.mark.parametrize("endpoint", [CHAT, RESPONSES])
def test_rows_get_the_answers_of_single_calls_at_half_the_price_in_another_order(
    client: Any, account: Account, endpoint: str
) -> None:
    questions = [f"What is {number}?" for number in range(8)]
    batch = start(client, [row(f"q-{number}", text, endpoint) for number, text in enumerate(questions)], endpoint)
    assert batch.status == "validating"
    assert client.batches.retrieve(batch.id).status == "in_progress"
    batch = end(client, batch)
    assert (batch.status, batch.request_counts.completed, batch.error_file_id) == ("completed", 8, None)
    found = lines(client, batch.output_file_id)
    assert sorted(found) == [f"q-{number}" for number in range(8)] != list(found)
    in_batch = account.bill.dollars
    assert {line.kind for line in account.bill.lines} == {"batch"}
    for number, text in enumerate(questions):
        body = found[f"q-{number}"]["response"]["body"]
        if endpoint == CHAT:
            asked = [{"role": "user", "content": text}]
            alone = client.chat.completions.create(model=SOL, messages=asked)
            assert body["choices"][0]["message"]["content"] == alone.choices[0].message.content
        else:
            alone = client.responses.create(model=SOL, input=text)
            assert body["output"][-1]["content"][0]["text"] == alone.output_text
    assert in_batch == pytest.approx((account.bill.dollars - in_batch) / 2)


def test_rows_fail_one_by_one_and_only_answers_are_billed(client: Any, account: Account) -> None:
    rows = [
        row("good"),
        row("refused", "[[errored]]"),
        row("late", "[[expired]]"),
        row("hot", temperature=0),
        row("streamed", stream=True),
    ]
    batch = end(client, start(client, rows))
    assert (batch.status, batch.request_counts.completed, batch.request_counts.failed) == ("completed", 1, 4)
    assert list(lines(client, batch.output_file_id)) == ["good"]
    wrong = lines(client, batch.error_file_id)
    assert wrong["late"]["error"]["code"] == "batch_expired"
    assert wrong["late"]["response"] is None
    assert {name: wrong[name]["response"]["status_code"] for name in ("refused", "hot", "streamed")} == {
        "refused": 400,
        "hot": 400,
        "streamed": 400,
    }
    assert "temperature" in wrong["hot"]["response"]["body"]["error"]["message"]
    assert len(account.bill.lines) == 1


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([row("same"), row("same")], "duplicate_custom_id"),
        ([row("a", endpoint=RESPONSES)], "mismatched_endpoint"),
        ([row("a"), row("b", model="gpt-6-luna")], "mismatched_model"),
        ([row(f"r{number}") for number in range(21)], "too_many_tasks"),
        (["{"], "invalid_json_line"),
        ([{"custom_id": "a"}], "invalid_request"),
        ([], "empty_file"),
    ],
)
def test_a_file_that_breaks_the_rules_fails_as_a_whole(client: Any, account: Account, rows: list[Any], code: str) -> None:
    batch = end(client, start(client, rows))
    assert batch.status == "failed"
    assert batch.errors.data[0].code == code
    assert (batch.output_file_id, batch.error_file_id) == (None, None)
    assert not account.bill.lines


def test_what_is_refused_at_once(client: Any) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        client.files.create(file=("requests.jsonl", b"x" * 100_001), purpose="batch")
    assert refused.value.status_code == 413
    with pytest.raises(openai.NotFoundError):
        client.batches.create(input_file_id="file-none", endpoint="/v1/chat/completions", completion_window="24h")
    uploaded = client.files.create(file=("requests.jsonl", b"{}"), purpose="batch")
    with pytest.raises(openai.BadRequestError, match="endpoint"):
        client.batches.create(input_file_id=uploaded.id, endpoint="/v1/other", completion_window="24h")
    with pytest.raises(openai.NotFoundError):
        client.batches.retrieve("batch_none")


def test_a_cancelled_batch_ends_without_answers(client: Any, account: Account) -> None:
    batch = start(client, [row("a"), row("b")])
    assert client.batches.cancel(batch.id).status == "cancelling"
    assert end(client, batch).status == "cancelled"
    with pytest.raises(openai.ConflictError):
        client.batches.cancel(batch.id)
    assert account.bill.dollars == 0
    assert [each.id for each in client.batches.list()] == [batch.id]


def test_files_are_listed_read_back_and_deleted(client: Any) -> None:
    content = b'{"a": 1}\r\n--almost a boundary\r\n'
    uploaded = client.files.create(file=("requests.jsonl", content), purpose="batch")
    assert client.files.content(uploaded.id).read() == content
    assert [each.id for each in client.files.list()] == [uploaded.id]
    assert client.files.delete(uploaded.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(uploaded.id)


def test_rows_neither_read_from_the_cache_nor_write_to_it(client: Any, account: Account) -> None:
    system = {"role": "system", "content": HANDBOOK}
    rows = [row(f"r{number}", prompt_cache_key="k") for number in range(3)]
    for each in rows:
        each["body"]["messages"].insert(0, system)
    client.chat.completions.create(**rows[0]["body"])
    assert account.bill.tokens.write > 0
    end(client, start(client, rows))
    in_batch = [line.tokens for line in account.bill.lines if line.kind == "batch"]
    assert len(in_batch) == 3
    assert not any(tokens.read or tokens.write for tokens in in_batch)


def test_the_async_client_works_too(server: MeteredServer) -> None:
    async def run() -> tuple[str, str]:
        async with openai.AsyncOpenAI(base_url=server.openai_url("async"), api_key="any") as client:
            uploaded = await client.files.create(file=("r.jsonl", json.dumps(row("a")).encode()), purpose="batch")
            batch = await client.batches.create(
                input_file_id=uploaded.id, endpoint="/v1/chat/completions", completion_window="24h"
            )
            while batch.status != "completed":
                batch = await client.batches.retrieve(batch.id)
            assert batch.output_file_id is not None
            content = await client.files.content(batch.output_file_id)
            return batch.status, json.loads(content.text)["custom_id"]

    assert asyncio.run(run()) == ("completed", "a")


@pytest.mark.parametrize("endpoint", [CHAT, RESPONSES])
def test_flex_costs_what_a_batch_costs_and_reads_from_the_cache(client: Any, account: Account, endpoint: str) -> None:
    def ask(**more: Any) -> Any:
        body = row("", HANDBOOK + "Why?", endpoint)["body"]
        create = client.chat.completions.create if endpoint == CHAT else client.responses.create
        return create(**body, prompt_cache_key="k", **more)

    assert [ask().service_tier, ask().service_tier] == ["default", "default"]
    account.clock.advance(3600)
    assert [ask(service_tier="flex").service_tier, ask(service_tier="flex").service_tier] == ["flex", "flex"]
    standard, flex = account.bill.lines[:2], account.bill.lines[2:]
    assert [line.kind for line in flex] == ["flex", "flex"]
    assert flex[1].tokens.read > 0
    assert [line.dollars for line in flex] == [pytest.approx(line.dollars / 2) for line in standard]


def test_flex_is_refused_where_there_is_no_capacity_or_the_model_does_not_take_it(client: Any, account: Account) -> None:
    def ask(question: str, model: str, **more: Any) -> Any:
        return client.chat.completions.create(model=model, messages=[{"role": "user", "content": question}], **more)

    with pytest.raises(openai.RateLimitError):
        ask("[[busy]]", SOL, service_tier="flex")
    with pytest.raises(openai.BadRequestError, match="service_tier"):
        ask("Why?", "gpt-4o", service_tier="flex")
    assert ask("[[busy]]", SOL).service_tier == "default"
    assert len(account.bill.lines) == 1
