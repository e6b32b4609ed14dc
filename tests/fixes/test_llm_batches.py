"""The batching client that fixes write into a project, with the real SDKs against the metered API."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import anthropic
import openai
import pytest

from llmlint.fixes.templates.llm_batches import BatchExecutor, batch_map, batch_scope, batching
from metered import MeteredServer

ASK = {"model": "claude-haiku-5-5", "max_tokens": 100}


@pytest.fixture(scope="module")
def server() -> Iterator[MeteredServer]:
    with MeteredServer() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "batches"


def kinds(server: MeteredServer, account: str) -> Counter[str]:
    return Counter(line.kind for line in server.account(account).bill.lines)


def test_batch_map_sends_one_batch(server: MeteredServer, folder: Path) -> None:
    with anthropic.Anthropic(base_url=server.anthropic_url("map"), api_key="k") as plain:
        client = batching(plain, window=0.1, poll_seconds=0.01, folder=folder)

        def ask(number: int) -> str:
            message = client.messages.create(**ASK, messages=[{"role": "user", "content": f"Say {number}."}])
            return message.content[0].text

        alone = [ask(number) for number in range(5)]
        assert kinds(server, "map") == {"messages": 5}
        assert batch_map(ask, range(5)) == alone
    assert kinds(server, "map") == {"messages": 5, "batch": 5}
    assert len(server.account("map").batches) == 1


def test_batch_map_has_the_effects_of_a_loop(server: MeteredServer, folder: Path) -> None:
    """Items take turns, in their order, and one that asks again does not hold up the others."""
    with anthropic.Anthropic(base_url=server.anthropic_url("turns"), api_key="k") as plain:
        client = batching(plain, window=0.1, poll_seconds=0.01, folder=folder)
        seen: list[str] = []
        running = 0

        def ask(number: int) -> int:
            nonlocal running
            running += 1
            assert running == 1
            seen.append(f"asks {number}")
            for attempt in range(1 + number % 2):
                time.sleep(0.02)
                running -= 1
                client.messages.create(**ASK, messages=[{"role": "user", "content": f"Say {number}, {attempt}."}])
                running += 1
                assert running == 1
            seen.append(f"has {number}")
            running -= 1
            return number

        assert batch_map(ask, iter(range(4))) == [0, 1, 2, 3]
    assert seen == ["asks 0", "asks 1", "asks 2", "asks 3", "has 0", "has 2", "has 1", "has 3"]
    assert [len(batch.requests) for batch in server.account("turns").batches.values()] == [4, 2]


def test_batch_map_in_batch_map(server: MeteredServer, folder: Path) -> None:
    with anthropic.Anthropic(base_url=server.anthropic_url("nested"), api_key="k") as plain:
        client = batching(plain, window=0.1, poll_seconds=0.01, folder=folder)

        def ask(text: str) -> str:
            message = client.messages.create(**ASK, messages=[{"role": "user", "content": text}])
            return message.content[0].text

        def ask_all(page: int) -> list[str]:
            return batch_map(ask, [f"{page}, {line}" for line in range(3)])

        assert [len(answers) for answers in batch_map(ask_all, range(3))] == [3, 3, 3]
    assert kinds(server, "nested") == {"batch": 9}
    assert len(server.account("nested").batches) == 1


def test_batch_map_raises_the_first_error_once_all_have_ended(server: MeteredServer, folder: Path) -> None:
    with anthropic.Anthropic(base_url=server.anthropic_url("first"), api_key="k") as plain:
        client = batching(plain, window=0.1, poll_seconds=0.01, folder=folder)
        ended = []

        def ask(text: str) -> None:
            client.messages.create(**ASK, messages=[{"role": "user", "content": text}])
            ended.append(text)

        with pytest.raises(anthropic.BadRequestError, match="errored"):
            batch_map(ask, ["a", "[[errored]]", "b"])
        assert ended == ["a", "b"]


def test_a_pool_raises_the_error_of_each_item(server: MeteredServer, folder: Path) -> None:
    with anthropic.Anthropic(base_url=server.anthropic_url("pool"), api_key="k") as plain:
        client = batching(plain, window=0.1, poll_seconds=0.01, folder=folder)

        def ask(text: str) -> anthropic.types.Message:
            return client.messages.create(**ASK, messages=[{"role": "user", "content": text}])

        with BatchExecutor(max_workers=1) as pool:
            good, bad = pool.submit(ask, "a"), pool.submit(ask, "[[errored]]")
    assert good.result().stop_reason == "end_turn"
    with pytest.raises(anthropic.BadRequestError, match="errored"):
        bad.result()
    assert len(server.account("pool").batches) == 1


def test_gathered_calls_of_openai(server: MeteredServer, folder: Path) -> None:
    async def main() -> tuple[list[str | None], list[str]]:
        async with openai.AsyncOpenAI(base_url=server.openai_url("gpt"), api_key="k") as plain:
            client = batching(plain, window=0.1, poll_seconds=0.01, folder=folder)

            async def chat(number: int) -> str | None:
                messages = [{"role": "user", "content": f"Say {number}."}]
                return (await client.chat.completions.create(model="gpt-6-luna", messages=messages)).choices[0].message.content

            async def respond(number: int) -> str:
                return (await client.responses.create(model="gpt-6-luna", input=f"Say {number}.")).output_text

            with batch_scope():
                chats = asyncio.gather(*(chat(number) for number in range(3)))
                responses = asyncio.gather(*(respond(number) for number in range(3)))
                return await chats, await responses

    chats, responses = asyncio.run(main())
    assert chats == responses
    assert kinds(server, "gpt") == {"batch": 6}
    assert len(server.account("gpt").openai_batches) == 2
