"""The helper that a batch fix adds to a module, run with the real SDK against the metered API."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import pytest

from llmlint.config import SettingsResolver
from llmlint.engine import Run
from llmlint.fixing import fix
from llmlint.unused_suppression import known_rules
from metered import Account, MeteredServer, Settings
from metered.batches import EXPIRED

PROGRAM = """\
import anthropic


def ask_all(client: anthropic.Anthropic, questions):
    return [client.messages.create(model="claude-haiku-5-5", max_tokens=9, messages=[{"role": "user", "content": q}]) for q in questions]


async def ask_all_async(client: anthropic.AsyncAnthropic, questions):
    return [await client.messages.create(model="claude-haiku-5-5", max_tokens=9, messages=[{"role": "user", "content": q}]) for q in questions]
"""
LIMIT = 5


def fixed(text: str) -> str:
    """The program after all fixes of the batch rules."""
    settings = SettingsResolver(".", {"select": ["LLM301", "LLM302"]}, True, known=known_rules())
    run = Run.of_bytes("app.py", text.encode(), settings, known_rules())
    done = fix(run, run.lint(), unsafe=True)
    assert not done.refused
    return done.run.text("app.py")


@pytest.fixture(scope="module")
def module() -> dict[str, Any]:
    """The names of the fixed program."""
    names: dict[str, Any] = {}
    exec(compile(fixed(PROGRAM), "app.py", "exec"), names)
    return names


@pytest.fixture
def server() -> Iterator[MeteredServer]:
    with MeteredServer(Settings(batch_rows=LIMIT, batch_bytes=10_000)) as server:
        yield server


@pytest.fixture
def account(server: MeteredServer) -> Account:
    return server.account("test")


Runs = Callable[[list[dict[str, Any]]], list[Any]]


@pytest.fixture(params=["run_batches", "run_batches_async"])
def run_batches(
    request: pytest.FixtureRequest, module: dict[str, Any], server: MeteredServer, monkeypatch: pytest.MonkeyPatch
) -> Runs:
    """The helper with a client, no pause between two looks, and limits that a test can reach."""
    monkeypatch.setitem(module, "BATCH_MAX_REQUESTS", LIMIT)
    monkeypatch.setitem(module, "BATCH_MAX_BYTES", 6_000)
    helper = module[request.param]
    where = {"base_url": server.anthropic_url("test"), "api_key": "any"}

    def run(requests: list[dict[str, Any]]) -> list[Any]:
        if not inspect.iscoroutinefunction(helper):
            with anthropic.Anthropic(**where) as client:
                return list(helper(client, requests, poll_seconds=0))

        async def run_async() -> list[Any]:
            async with anthropic.AsyncAnthropic(**where) as client:
                return list(await helper(client, requests, poll_seconds=0))

        return asyncio.run(run_async())

    return run


def request_for(question: str, **params: Any) -> dict[str, Any]:
    return {"model": "claude-haiku-5-5", "max_tokens": 30, "messages": [{"role": "user", "content": question}], **params}


def test_both_helpers_share_their_limits(module: dict[str, Any]) -> None:
    text = fixed(PROGRAM)
    assert text.count("BATCH_POLL_SECONDS = 60") == 1
    assert text.count("\nimport json\n") == 1
    assert module["BATCH_MAX_REQUESTS"] <= 100_000
    assert module["BATCH_MAX_BYTES"] <= 256_000_000


@pytest.mark.parametrize("count", [1, LIMIT, LIMIT + 1, 3 * LIMIT + 2])
def test_answers_come_in_the_order_of_the_requests_from_as_few_batches_as_may_be(
    run_batches: Runs, account: Account, server: MeteredServer, count: int
) -> None:
    requests = [request_for(f"What is {number}?") for number in range(count)]
    messages = run_batches(requests)
    assert [batch.requests[0]["custom_id"] for batch in account.batches.values()] == [
        f"request-{start}" for start in range(0, count, LIMIT)
    ]
    with anthropic.Anthropic(base_url=server.anthropic_url("other"), api_key="any") as client:
        expected = [client.messages.create(**request) for request in requests]  # llmlint: ignore[LLM301] the point is to compare
    assert [message.content[0].text for message in messages] == [message.content[0].text for message in expected]
    assert len({message.content[0].text for message in messages}) == count


def test_no_request_makes_no_batch(run_batches: Runs, account: Account) -> None:
    assert run_batches([]) == []
    assert not account.batches


def test_batches_stay_below_the_limit_of_bytes(run_batches: Runs, account: Account) -> None:
    messages = run_batches([request_for(letter * 2_500) for letter in "abcd"])
    assert len(messages) == 4
    assert [len(batch.requests) for batch in account.batches.values()] == [2, 2]


def test_a_request_above_the_limit_of_bytes_gets_a_batch_of_its_own(run_batches: Runs, account: Account) -> None:
    assert len(run_batches([request_for("short"), request_for("long" * 2_000), request_for("short again")])) == 3
    assert [len(batch.requests) for batch in account.batches.values()] == [1, 1, 1]


def test_requests_without_an_answer_are_named_with_the_reason_and_the_batches(run_batches: Runs, account: Account) -> None:
    requests = [request_for(f"What is {number}?") for number in range(LIMIT + 2)]
    requests[1] = request_for("What is 1?", model="claude-none-1")
    requests[LIMIT + 1] = request_for(f"What is {EXPIRED}?")
    with pytest.raises(RuntimeError) as raised:
        run_batches(requests)
    text = str(raised.value)
    assert "request-1 (" in text
    assert "claude-none-1" in text
    assert f"request-{LIMIT + 1} (expired)" in text
    assert "request-0" not in text
    assert all(name in text for name in account.batches)


def test_the_first_look_is_at_once_and_the_pause_between_two_looks_can_be_set(
    module: dict[str, Any], server: MeteredServer, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    with anthropic.Anthropic(base_url=server.anthropic_url("test"), api_key="any") as client:
        module["run_batches"](client, [request_for("Why?")])
        module["run_batches"](client, [request_for("When?")], poll_seconds=5)
    assert pauses == [60] * account.settings.polls + [5] * account.settings.polls
