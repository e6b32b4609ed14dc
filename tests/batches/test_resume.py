"""Programs that are stopped, and what is kept: no request is paid for twice, and what is no longer wanted is given up."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anthropic
import pytest

from llmlint.fixes.batch.parts import assembled
from metered import batches
from shops import CLAUDE, Shop

FOREVER = 10**9
TEXTS = [f"Say {number}." for number in range(6)]
Asking = Callable[[anthropic.Anthropic], Callable[[str], str]]

# As a project has it: beside the module, which knows nothing of llmlint.
PROGRAMS = {
    "map": """
import anthropic
import llm_batches
from llm_batches import batch_map, batching

llm_batches.POLL_SECONDS = 0.05
client = batching(anthropic.Anthropic())

def ask(number):
    messages = [{"role": "user", "content": f"Say {number}."}]
    return client.messages.create(model="claude-haiku-5-5", max_tokens=50, messages=messages).content[0].text

print(batch_map(ask, range(5)))
""",
    "gather": """
import asyncio
import openai
import llm_batches
from llm_batches import batch_scope, batching

llm_batches.WINDOW, llm_batches.POLL_SECONDS = 0.2, 0.05

async def main():
    async with batching(openai.AsyncOpenAI()) as client:
        with batch_scope():
            calls = [client.responses.create(model="gpt-6-luna", input=f"Say {number}.") for number in range(5)]
            print([response.output_text for response in await asyncio.gather(*calls)])

asyncio.run(main())
""",
}

PARTS_OF = {"map": frozenset({"anthropic", "map"}), "gather": frozenset({"openai", "scope"})}


class Project:
    """A folder with a program and the module."""

    def __init__(self, folder: Path, shop: Shop, program: str) -> None:
        self.folder = folder
        (folder / "llm_batches.py").write_text(assembled(PARTS_OF[program]))
        (folder / "main.py").write_text(PROGRAMS[program])
        keep = ("PATH", "SYSTEMROOT", "HOME")
        self.env = {**{name: os.environ[name] for name in keep if name in os.environ}, **shop.server.environment(shop.name)}

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "main.py"], cwd=self.folder, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self) -> str:
        with self.start() as process:
            out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        return out

    def kept(self) -> list[str]:
        return sorted(path.name for path in (self.folder / ".llm_batches").glob("*") if path.suffix == ".txt")

    def wait_until_sent(self) -> None:
        deadline = time.monotonic() + 60
        while not self.kept():
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.fixture(params=["map", "gather"])
def project(request: pytest.FixtureRequest, shop: Shop, tmp_path: Path) -> Project:
    return Project(tmp_path, shop, request.param)


def end_batches(shop: Shop) -> None:
    for batch in (*shop.account.batches.values(), *shop.account.openai_batches.values()):
        batch.polls = 0


def number_of_batches(shop: Shop) -> int:
    return len(shop.account.batches) + len(shop.account.openai_batches)


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("stop", ["SIGKILL", "SIGINT"])
def test_a_stopped_program_resumes_and_pays_once(shop: Shop, project: Project, stop: str) -> None:
    shop.set_up(polls=FOREVER)
    with project.start() as process:
        project.wait_until_sent()
        time.sleep(0.2)
        process.send_signal(getattr(signal, stop))
        out, err = process.communicate(timeout=20)
    assert out == ""
    assert "KeyboardInterrupt" in err or stop == "SIGKILL"
    assert (number_of_batches(shop), shop.kinds) == (1, {}), "it was sent and not answered"
    end_batches(shop)
    first = project.run()
    assert first.count("', '") + first.count('", "') >= 1
    assert (number_of_batches(shop), shop.kinds) == (1, {"batch": 5})
    assert project.kept() == [], "all is well, and forgotten"
    end_batches(shop)
    shop.account.settings.polls = 0
    assert project.run() == first
    assert (number_of_batches(shop), shop.kinds) == (2, {"batch": 10}), "a program that ran through asks anew"


def test_the_folder_of_batches_is_not_committed(shop: Shop, project: Project) -> None:
    project.run()
    assert (project.folder / ".llm_batches" / ".gitignore").read_text() == "*\n"


# In one process, a later one is played by forgetting which batches were made here.


@pytest.fixture
def new_process(shop: Shop) -> Callable[[], None]:
    return shop.helper._made_here.clear


def failing(ask: Callable[[str], str]) -> Callable[[str], str]:
    def ask_and_fail(text: str) -> str:
        ask(text)
        raise RuntimeError("a fault of the program's own")

    return ask_and_fail


def test_answers_are_kept_where_the_program_fails(shop: Shop, asking: Asking, new_process: Callable[[], None]) -> None:
    ask = asking(shop.claude())
    with pytest.raises(RuntimeError):
        shop.helper.batch_map(failing(ask), TEXTS)
    assert shop.kept == ["msgbatch_0"]
    new_process()
    assert len(shop.helper.batch_map(ask, [*TEXTS, "Say more."])) == 7
    assert shop.sizes == [6, 1], "only what is missing is sent"
    assert shop.kept == []


def test_the_same_process_asks_anew(shop: Shop, asking: Asking) -> None:
    """As it would without batches: what failed may have failed because of the answers."""
    ask = asking(shop.claude())
    for _ in range(2):
        with pytest.raises(RuntimeError):
            shop.helper.batch_map(failing(ask), TEXTS)
    assert shop.sizes == [6, 6]


def test_equal_requests_get_an_answer_each(shop: Shop, asking: Asking, new_process: Callable[[], None]) -> None:
    ask = asking(shop.claude())
    with pytest.raises(RuntimeError):
        shop.helper.batch_map(failing(ask), ["Hi."] * 3)
    assert shop.sizes == [3]
    new_process()
    shop.helper.batch_map(ask, ["Hi."] * 5)
    assert shop.sizes == [3, 2]


def test_failed_rows_are_sent_again(shop: Shop, asking: Asking, new_process: Callable[[], None]) -> None:
    ask = asking(shop.claude())
    with pytest.raises(anthropic.BadRequestError):
        shop.helper.batch_map(ask, [*TEXTS, "[[errored]]"])
    new_process()
    with shop.helper.BatchExecutor() as pool:
        futures = [pool.submit(ask, text) for text in [*TEXTS, "[[errored]]"]]
    assert [type(future.exception()) for future in futures] == [type(None)] * 6 + [anthropic.BadRequestError]
    assert (shop.sizes, shop.kinds) == ([7, 1], {"batch": 6})


def test_a_batch_that_is_gone_is_sent_again(shop: Shop, asking: Asking, new_process: Callable[[], None]) -> None:
    ask = asking(shop.claude())
    with pytest.raises(RuntimeError):
        shop.helper.batch_map(failing(ask), TEXTS)
    del shop.account.batches["msgbatch_0"]
    new_process()
    assert len(shop.helper.batch_map(ask, TEXTS)) == 6
    assert shop.kept == []


def test_files_that_cannot_be_read_or_written(
    shop: Shop, asking: Asking, caplog: pytest.LogCaptureFixture, new_process: Callable[[], None]
) -> None:
    shop.folder.mkdir()
    (shop.folder / "msgbatch_9.txt").write_bytes(b"0123\xff456-0\n0123")
    (shop.folder / "batch_9.txt").write_text("")
    assert len(shop.helper.batch_map(asking(shop.claude(client={"max_retries": 0})), TEXTS)) == 6
    (shop.folder / "file").touch()
    assert len(shop.helper.batch_map(asking(shop.claude(folder=shop.folder / "file")), TEXTS)) == 6, (
        "an answer that is paid for is given"
    )
    assert "cannot be resumed" in caplog.text


def test_it_is_logged(shop: Shop, asking: Asking, caplog: pytest.LogCaptureFixture) -> None:
    shop.helper.batch_map(asking(shop.claude()), TEXTS)
    assert [
        (each.levelname, each.message.partition(":")[0]) for each in caplog.records if each.name.startswith("llm_batches")
    ] == [("WARNING", "msgbatch_0 of 6 requests")]


def test_time_is_limited_and_the_batch_found_again(shop: Shop, asking: Asking) -> None:
    shop.set_up(polls=FOREVER)
    ask = asking(shop.claude(timeout=1.0))
    seen = []

    def ask_twice(text: str) -> str:
        try:
            return ask(text)
        except anthropic.APIStatusError as error:
            seen.append((error.status_code, "has not ended yet" in str(error)))
            end_batches(shop)
            return ask(text)

    assert len(shop.helper.batch_map(ask_twice, TEXTS)) == 6
    assert seen == [(504, True)] * 6
    assert (shop.sizes, shop.kinds) == ([6], {"batch": 6})


def test_an_outage_while_it_waits(shop: Shop, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the SDK's own tries do not outlive, the next try of the same call does: it waits for the same batch."""
    poll, failures = batches.poll, [0]

    def fail_some(account: Any, batch: Any) -> None:
        failures[0] += 1
        if failures[0] <= 2:
            raise batches.ApiError(500, "api_error", "internal server error")
        poll(account, batch)

    monkeypatch.setattr(batches, "poll", fail_some)
    assert len(shop.helper.batch_map(asking(shop.claude()), TEXTS)) == 6
    assert (shop.sizes, shop.kinds) == ([6], {"batch": 6})


def test_cancelled_on_the_server(shop: Shop, asking: Asking) -> None:
    shop.set_up(polls=FOREVER)
    ask = asking(shop.claude())
    with shop.helper.BatchExecutor() as pool:
        futures = [pool.submit(ask, text) for text in TEXTS]
        while not shop.account.batches:
            time.sleep(0.01)
        shop.account.batches["msgbatch_0"].is_canceled = True
        end_batches(shop)
    errors = {str(future.exception()) for future in futures}
    assert len(errors) == 1
    assert "msgbatch_0 ended ahead of this row: canceled" in errors.pop()
    assert shop.sizes == [6]


def test_cancelling_what_was_left(shop: Shop, asking: Asking) -> None:
    shop.set_up(polls=FOREVER)
    with pytest.raises(anthropic.APIStatusError):
        shop.helper.batch_map(asking(shop.claude(timeout=0.1)), TEXTS)
    with pytest.raises(Exception, match="has not ended yet"):
        shop.helper.batch_map(lambda text: shop.gpt(timeout=0.1).responses.create(model="gpt-6-luna", input=text), TEXTS[:2])
    assert shop.kept == ["batch_0", "msgbatch_0"]
    shop.helper.cancel_batches(shop.claude())
    assert shop.account.batches["msgbatch_0"].is_canceled
    assert shop.kept == ["batch_0"], "that is for the other SDK's client"
    shop.helper.cancel_batches(shop.gpt())
    assert shop.account.openai_batches["batch_0"].status == "cancelling"
    assert shop.kept == []


def test_tasks_that_are_cancelled_before_they_are_sent(shop: Shop) -> None:
    async def main() -> str:
        async with shop.async_claude(window=2.0) as client:

            async def ask(text: str) -> str:
                return (await client.messages.create(**CLAUDE, messages=[{"role": "user", "content": text}])).id

            with shop.helper.batch_scope():
                tasks = [asyncio.create_task(ask(text)) for text in TEXTS]
                await asyncio.sleep(0.1)
                tasks[0].cancel()
                results = await asyncio.gather(*tasks, return_exceptions=True)
            assert isinstance(results[0], asyncio.CancelledError)
            return str(results[1])

    assert asyncio.run(main()).startswith("msg_")
    assert shop.sizes == [5]


def test_a_cancelled_scope_leaves_other_tasks_alone(shop: Shop) -> None:
    async def main() -> list[Any]:
        async with shop.async_claude() as client:

            async def ask(text: str) -> str:
                return (await client.messages.create(**CLAUDE, messages=[{"role": "user", "content": text}])).id

            inner: list[asyncio.Task[str]] = []

            async def scoped() -> None:
                with shop.helper.batch_scope():
                    inner.extend(asyncio.create_task(ask(text)) for text in TEXTS)
                    await asyncio.sleep(60)

            task = asyncio.create_task(scoped())
            await asyncio.sleep(0.05)
            task.cancel()
            return await asyncio.gather(task, *inner, return_exceptions=True)

    results = asyncio.run(main())
    assert isinstance(results[0], asyncio.CancelledError)
    assert all(str(each).startswith("msg_") for each in results[1:])
    assert shop.kept == ["msgbatch_0"]


@pytest.mark.parametrize("missing", ["anthropic", "openai"])
def test_one_sdk_is_enough(shop: Shop, tmp_path: Path, missing: str) -> None:
    project = Project(tmp_path, shop, {"anthropic": "gather", "openai": "map"}[missing])
    (tmp_path / f"{missing}.py").write_text("raise ImportError\n")
    project.run()
    assert shop.kinds == {"batch": 5}
