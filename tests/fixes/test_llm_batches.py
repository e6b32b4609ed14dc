"""The batching client that fixes write into a project, with the real SDKs against the metered API."""

from __future__ import annotations

import asyncio
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
