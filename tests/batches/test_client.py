"""What callers see: answers, exceptions, order, and which calls are sent together."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import anthropic
import openai
import pydantic
import pytest

from metered import batches
from metered.errors import ApiError
from shops import CLAUDE, Shop

TEXTS = [f"Say {number}." for number in range(6)]
Asking = Callable[[anthropic.Anthropic], Callable[[str], str]]


def user(text: str) -> list[Any]:
    return [{"role": "user", "content": text}]


# Shapes of programs


def test_a_serial_loop(shop: Shop, asking: Asking) -> None:
    ask = asking(shop.claude())
    alone = [ask(text) for text in TEXTS]
    assert shop.kinds == {"messages": 6}, "outside of a scope, calls are sent as ever"
    assert shop.helper.batch_map(ask, TEXTS) == alone
    assert shop.kinds == {"messages": 6, "batch": 6}
    assert shop.sizes == [6]


@pytest.mark.parametrize(
    ("calls", "ends", "sizes"),
    [(1, ["has 0", "has 1", "has 2", "has 3"], [4]), (2, ["has 0", "has 2", "has 1", "has 3"], [4, 2])],
)
def test_a_loop_keeps_its_order_of_effects(shop: Shop, calls: int, ends: list[str], sizes: list[int]) -> None:
    """Items take turns, in their order, up to their last call in a batch; behind that they end one after another."""
    client = shop.claude()
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
            client.messages.create(**CLAUDE, messages=user(f"Say {number}, {attempt}."))
            running += 1
            assert running == 1
        seen.append(f"has {number}")
        running -= 1
        return number

    assert shop.helper.batch_map(ask, iter(range(4)), calls) == [0, 1, 2, 3]
    assert seen == ["asks 0", "asks 1", "asks 2", "asks 3", *ends]
    assert shop.sizes == sizes


def test_an_item_that_takes_longer_than_the_window(shop: Shop) -> None:
    client = shop.claude(window=0.05)

    def ask(number: int) -> str:
        time.sleep(0.2)
        return client.messages.create(**CLAUDE, messages=user(f"Say {number}.")).id

    assert len(shop.helper.batch_map(ask, range(4))) == 4
    assert shop.sizes == [4]


def test_more_items_than_threads(shop: Shop, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop.helper, "MOST_THREADS", 4)
    ask = asking(shop.claude())
    assert len(shop.helper.batch_map(ask, [f"Say {number}." for number in range(10)])) == 10
    assert shop.sizes == [4, 4, 2]
    assert shop.helper.batch_map(lambda number: number, range(10)) == list(range(10)), "without any call"
    assert len(shop.helper.batch_map(lambda number: number if number % 3 else ask("Hi."), range(20))) == 20


def test_a_loop_inside_of_a_loop(shop: Shop, asking: Asking) -> None:
    ask = asking(shop.claude())

    def ask_all(page: int) -> list[str]:
        return shop.helper.batch_map(ask, [f"{page}, {line}" for line in range(3)])

    assert [len(answers) for answers in shop.helper.batch_map(ask_all, range(3))] == [3, 3, 3]
    assert shop.sizes == [9]


@pytest.fixture
def no_hang() -> Iterator[None]:
    faulthandler.dump_traceback_later(120, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def few_threads(monkeypatch: pytest.MonkeyPatch, helper: types.ModuleType) -> list[int]:
    """The system has but six threads for the batching client. Gives how many of them were in use at the same time."""
    start, begun, in_use = threading.Thread.start, list[threading.Thread](), list[int]()
    lock = threading.Lock()

    def limited(self: threading.Thread) -> None:
        if sys._getframe(1).f_globals["__name__"] in (helper.__name__, "concurrent.futures.thread"):
            with lock:  # Tasks of a pool start threads, too.
                in_use.append(sum(thread.is_alive() for thread in begun))
                if in_use[-1] == 6:
                    raise RuntimeError("can't start new thread")
                begun.append(self)
                start(self)
        else:
            start(self)

    monkeypatch.setattr(threading.Thread, "start", limited)
    return in_use


@pytest.mark.usefixtures("no_hang")
def test_a_loop_where_threads_run_out(shop: Shop, asking: Asking, few_threads: list[int]) -> None:
    texts = [f"Say {number}." for number in range(15)]
    ask = asking(shop.claude())
    assert shop.helper.batch_map(ask, texts) == [ask(text) for text in texts]
    assert shop.sizes == [6, 6, 3], "those that wait are answered, and then the others begin"


@pytest.mark.usefixtures("no_hang")
def test_loops_inside_of_a_loop_share_their_threads(shop: Shop, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop.helper, "MOST_THREADS", 8)
    _ask_in_three_levels(shop.helper.batch_map, asking(shop.claude()))
    assert sum(shop.sizes) == 60
    assert max(shop.sizes) <= 8
    assert len(shop.sizes) <= 20


@pytest.mark.usefixtures("no_hang")
def test_loops_inside_of_a_loop_where_threads_run_out(shop: Shop, asking: Asking, few_threads: list[int]) -> None:
    _ask_in_three_levels(shop.helper.batch_map, asking(shop.claude()))
    assert max(few_threads) == 6
    assert sum(shop.sizes) == 60
    assert len(shop.sizes) <= 20


@pytest.mark.usefixtures("no_hang")
def test_a_loop_without_any_thread(shop: Shop, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop.helper, "MOST_THREADS", 0)
    assert len(shop.helper.batch_map(asking(shop.claude()), TEXTS[:2])) == 2
    assert shop.sizes == [1, 1]


@pytest.mark.parametrize(("calls", "sizes"), [(1, [4]), (2, [4, 2])])
def test_items_without_a_call_wait_in_turn(shop: Shop, asking: Asking, calls: int, sizes: list[int]) -> None:
    """What items do behind `in_turn` they do in their order, however many calls each has made."""
    ask = asking(shop.claude())
    ended: list[int] = []

    def name(number: int) -> None:
        if number % 3 == 0:
            shop.helper.in_turn()
        else:
            ask(f"Say {number}.")
            if number % 3 == 2 and calls == 2:
                ask(f"Say {number} again.")
            else:
                shop.helper.in_turn()
        ended.append(number)

    shop.helper.batch_map(name, range(7), calls)
    assert ended == list(range(7))
    assert shop.sizes == sizes
    shop.helper.in_turn()  # Outside of items there is nobody to wait for.


def test_items_in_turn_of_a_loop_in_a_loop(shop: Shop, asking: Asking) -> None:
    ask = asking(shop.claude())
    ended: list[tuple[int, int]] = []

    def handle(page: int) -> None:
        def name(line: int) -> None:
            if line % 2:
                ask(f"Say {page}, {line}.")
            shop.helper.in_turn()
            found.append((page, line))

        found: list[tuple[int, int]] = []
        if page:
            shop.helper.batch_map(name, range(4))
        shop.helper.in_turn()
        ended.extend(found or [(page, 0)])

    shop.helper.batch_map(handle, range(4))
    assert ended == [(0, 0), *((page, line) for page in (1, 2, 3) for line in range(4))]
    assert shop.sizes == [6]


def test_items_wait_for_those_of_the_loops_around(shop: Shop, asking: Asking) -> None:
    """All calls are in one batch, and what follows comes in the order of three loops."""
    ask = asking(shop.claude())
    ended: list[tuple[int, ...]] = []

    def handle(book: int) -> None:
        def read(page: int) -> None:
            def name(line: int) -> None:
                if (book + page + line) % 2:
                    ask(f"Say {book}, {page}, {line}.")
                shop.helper.in_turn(3)
                ended.append((book, page, line))

            shop.helper.batch_map(name, range(page))
            shop.helper.in_turn(2)
            ended.append((book, page))

        shop.helper.batch_map(read, range(book, 3))

    shop.helper.batch_map(handle, range(4))
    lines = [(book, page, line) for book in range(4) for page in range(book, 3) for line in (*range(page), 9)]
    assert ended == [each[:2] if each[2] == 9 else each for each in lines]
    assert shop.sizes == [sum(sum(each) % 2 for each in lines if each[2] != 9)]


def test_an_item_in_turn_goes_on_behind_one_that_fails(shop: Shop, asking: Asking) -> None:
    ask = asking(shop.claude())
    ended: list[int] = []

    def name(number: int) -> None:
        if number % 2:
            ask("Hi.")
            raise ValueError(number)
        shop.helper.in_turn()
        ended.append(number)

    with pytest.raises(ValueError, match="1"):
        shop.helper.batch_map(name, range(5))
    assert ended == [0, 2, 4]


def test_ctrl_c_ends_items_in_turn(shop: Shop, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = asking(shop.claude())
    ended: list[int] = []

    def interrupted(calls: list[Any]) -> None:
        raise KeyboardInterrupt

    def name(number: int) -> None:
        if number % 2:
            ask("Hi.")
        shop.helper.in_turn()
        ended.append(number)

    monkeypatch.setattr(shop.helper, "_answer", interrupted)
    with pytest.raises(KeyboardInterrupt):
        shop.helper.batch_map(name, range(5))
    assert ended == [0]


def test_ctrl_c_ends_items_that_wait_in_turn_as_they_are_stopped(
    shop: Shop, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`finally:` and handlers that take everything run behind a call that Ctrl-C has ended."""
    ask = asking(shop.claude())
    ended: list[int] = []

    def interrupted(calls: list[Any]) -> None:
        raise KeyboardInterrupt

    def name(number: int) -> None:
        try:
            ask("Hi.")
        finally:
            shop.helper.in_turn()
            ended.append(number)

    monkeypatch.setattr(shop.helper, "_answer", interrupted)
    with pytest.raises(KeyboardInterrupt):
        shop.helper.batch_map(name, range(4))
    assert ended == [0]


def _ask_in_three_levels(batch_map: Any, ask: Callable[[str], str]) -> None:
    seen: list[str] = []

    def ask_word(text: str) -> str:
        seen.append(text)
        return ask(text)

    def ask_line(line: str) -> list[str]:
        return batch_map(ask_word, [f"{line}, {word}" for word in range(3)])

    def ask_page(page: int) -> list[list[str]]:
        return batch_map(ask_line, [f"{page}, {line}" for line in range(4)])

    pages = batch_map(ask_page, range(5))
    texts = [[[f"{page}, {line}, {word}" for word in range(3)] for line in range(4)] for page in range(5)]
    assert seen == sorted(seen), "in their order"
    assert pages == [[[ask(text) for text in line] for line in page] for page in texts]


def test_a_pool_inside_of_a_loop(shop: Shop, asking: Asking) -> None:
    """The item waits for tasks of a pool, which have no turn."""
    ask = asking(shop.claude())

    seen = []

    def ask_all(page: int) -> list[str]:
        seen.append(f"begins {page}")
        with shop.helper.BatchExecutor() as pool:
            answers = list(pool.map(ask, [f"{page}, {line}" for line in range(3)]))
        seen.append(f"ends {page}")
        return answers

    assert [len(answers) for answers in shop.helper.batch_map(ask_all, range(2))] == [3, 3]
    assert seen == ["begins 0", "ends 0", "begins 1", "ends 1"]
    assert shop.sizes == [3, 3]


def test_items_that_end_with_an_error(shop: Shop, asking: Asking) -> None:
    """As in the loop: those before it get their answers, and an earlier error goes first."""
    ended = []
    ask = asking(shop.claude())

    def items() -> Iterator[str]:
        yield from TEXTS[:3]
        raise LookupError("no more items")

    def ask_twice(text: str) -> None:
        ask(text)
        ask(f"{text} Again.")
        ended.append(text)

    with pytest.raises(LookupError):
        shop.helper.batch_map(ask_twice, items())
    assert ended == TEXTS[:3]
    with pytest.raises(ZeroDivisionError):
        shop.helper.batch_map(lambda text: 1 / 0, items())


def test_nothing_to_do(shop: Shop, asking: Asking) -> None:
    assert shop.helper.batch_map(asking(shop.claude()), []) == []
    with shop.helper.batch_scope():
        pass
    assert (shop.sizes, shop.kept) == ([], [])


def test_a_pool(shop: Shop, asking: Asking) -> None:
    """One batch of all, whatever bound the pool had; `as_completed` and `map` work as ever."""
    ask = asking(shop.claude())
    with shop.helper.BatchExecutor(max_workers=2) as pool:
        futures = {pool.submit(ask, text): text for text in TEXTS}
        answers = {futures[future]: future.result() for future in as_completed(futures)}
    assert shop.sizes == [6]
    with shop.helper.BatchExecutor(2, thread_name_prefix="ask") as pool:
        assert list(pool.map(ask, TEXTS)) == [answers[text] for text in TEXTS]
    assert shop.sizes == [6, 6]


@pytest.mark.usefixtures("no_hang")
def test_a_pool_where_threads_run_out(shop: Shop, asking: Asking, few_threads: list[int]) -> None:
    ask = asking(shop.claude())
    with shop.helper.BatchExecutor() as pool:
        assert len(list(pool.map(ask, [f"Say {number}." for number in range(15)]))) == 15
    assert max(few_threads) == 6
    assert sum(shop.sizes) == 15


def test_a_pool_runs_as_many_tasks_as_it_is_asked_for(shop: Shop, asking: Asking) -> None:
    """Those that wait for a batch do not count: all are in one, though they begin two by two, with longer pauses than the window."""
    ask = asking(shop.claude(window=0.1))
    running, most = 0, []

    def read_and_ask(text: str) -> str:
        nonlocal running
        for prompt in (text, f"{text} Again."):
            running += 1
            most.append(running)
            time.sleep(0.3)
            running -= 1
            answer = ask(prompt)
        return answer

    with shop.helper.BatchExecutor(2) as pool:
        assert len(list(pool.map(read_and_ask, TEXTS))) == 6
    assert max(most) == 2
    assert shop.sizes == [6, 6], "so are those that follow an answer"


def test_a_pool_asks_another_host_as_ever(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop.helper, "HOSTS", "api.openai.com")
    ask = shop.gpt(window=0.1).responses.create
    running, most = set[str](), []

    def watch(text: str) -> None:
        running.add(text)
        most.append(len(running))
        ask(model="gpt-6-luna", input=text)
        time.sleep(0.1)
        running.remove(text)

    with shop.helper.BatchExecutor(3) as pool:
        list(pool.map(watch, [f"Say {number}." for number in range(12)]))
    assert max(most) <= 3
    assert shop.kinds == {"responses": 12}


def test_a_pool_does_not_wait_for_a_task_that_waits_for_others(
    shop: Shop, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shop.helper, "BUSY_WINDOWS", 2)
    ask = asking(shop.claude())

    def ask_all(page: int) -> list[str]:
        with shop.helper.BatchExecutor(2) as pool:
            return list(pool.map(ask, [f"{page}, {line}" for line in range(3)]))

    with shop.helper.BatchExecutor(2) as pool:
        assert [len(answers) for answers in pool.map(ask_all, range(3))] == [3, 3, 3]
    assert shop.sizes == [6, 3], "two pages at the same time"


def test_ctrl_c_ends_tasks_that_have_not_begun(shop: Shop, asking: Asking) -> None:
    ask = asking(shop.claude())
    begun, is_there = [], threading.Event()

    def read_and_ask(text: str) -> str:
        begun.append(text)
        is_there.wait()
        return ask(text)

    futures: list[Any] = []

    def run() -> None:
        with shop.helper.BatchExecutor(2) as pool:
            futures.extend(pool.submit(read_and_ask, text) for text in TEXTS)
            while len(begun) < 2:
                time.sleep(0.01)
            pool._scope.stop()
            is_there.set()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    assert len(begun) == 2
    assert all(isinstance(future.exception(), KeyboardInterrupt) for future in futures if not future.cancelled())
    assert shop.kinds == {}


def test_a_plain_pool_is_left_alone(shop: Shop, asking: Asking) -> None:
    with shop.helper.batch_scope(), ThreadPoolExecutor(2) as pool:
        list(pool.map(asking(shop.claude()), TEXTS))
    assert shop.sizes == []


def test_a_pool_inside_of_a_scope(shop: Shop, asking: Asking) -> None:
    client = shop.claude()
    with shop.helper.batch_scope():
        with shop.helper.BatchExecutor() as pool:
            first = [pool.submit(asking(client), text) for text in TEXTS]
        assert shop.kept == ["msgbatch_0"], "its scope has not ended"
        assert shop.helper.batch_map(asking(client), ["Say more."])
    assert [future.exception() for future in first] == [None] * 6
    assert (shop.sizes, shop.kept) == ([6, 1], [])


def test_tasks_that_end_behind_the_scope(shop: Shop) -> None:
    async def main() -> list[str]:
        async with shop.async_claude() as client:

            async def ask(text: str) -> str:
                return (await client.messages.create(**CLAUDE, messages=user(text))).content[0].text

            with shop.helper.batch_scope():
                tasks = [asyncio.create_task(ask(text)) for text in TEXTS]
            return [await task for task in tasks]

    assert len(asyncio.run(main())) == 6
    assert shop.sizes == [6]
    assert not list(shop.helper.FOLDER.glob("*.txt")), "nothing is left for the next run"


@pytest.mark.parametrize("runner", ["gather", "task group", "wait for all"])
def test_tasks(shop: Shop, runner: str) -> None:
    if runner == "task group" and sys.version_info < (3, 11):
        pytest.skip("there are no task groups")

    async def main() -> list[str]:
        async with shop.async_claude() as client:

            async def ask(text: str) -> str:
                message = await client.messages.create(**CLAUDE, messages=user(text))
                return message.content[0].text

            alone = [await ask(text) for text in TEXTS]
            with shop.helper.batch_scope():
                if runner == "gather":
                    answers = await asyncio.gather(*(ask(text) for text in TEXTS))
                elif runner == "task group":
                    async with asyncio.TaskGroup() as group:
                        tasks = [group.create_task(ask(text)) for text in TEXTS]
                    answers = [task.result() for task in tasks]
                else:
                    tasks = [asyncio.create_task(ask(text)) for text in TEXTS]
                    await asyncio.wait(tasks)
                    answers = [task.result() for task in tasks]
            assert answers == alone
            await ask("Say one more.")
            return answers

    assert len(asyncio.run(main())) == 6
    assert shop.kinds == {"messages": 7, "batch": 6}
    assert shop.sizes == [6]


def test_a_semaphore_makes_small_batches_but_works(shop: Shop) -> None:
    async def main() -> int:
        async with shop.async_claude() as client:
            semaphore = asyncio.Semaphore(4)

            async def ask(text: str) -> str:
                async with semaphore:
                    return (await client.messages.create(**CLAUDE, messages=user(text))).id

            with shop.helper.batch_scope():
                return len(await asyncio.gather(*map(ask, TEXTS)))

    assert asyncio.run(main()) == 6
    assert shop.sizes == [4, 2]


def test_two_calls_for_each_item(shop: Shop, asking: Asking) -> None:
    ask = asking(shop.claude())

    def draft_and_check(text: str) -> str:
        return ask(f"Check this: {ask(text)}")

    alone = [draft_and_check(text) for text in TEXTS]
    assert shop.helper.batch_map(draft_and_check, TEXTS, calls=2) == alone
    assert shop.sizes == [6, 6]


def test_both_endpoints_of_openai(shop: Shop) -> None:
    async def main() -> tuple[list[str | None], list[str]]:
        async with shop.async_gpt() as client:

            async def chat(text: str) -> str | None:
                completion = await client.chat.completions.create(model="gpt-6-luna", messages=user(text))
                return completion.choices[0].message.content

            async def respond(text: str) -> str:
                return (await client.responses.create(model="gpt-6-luna", input=text)).output_text

            with shop.helper.batch_scope():
                chats = asyncio.gather(*map(chat, TEXTS))
                responses = asyncio.gather(*map(respond, TEXTS))
                return await chats, await responses

    chats, responses = asyncio.run(main())
    assert chats == responses
    assert shop.kinds == {"batch": 12}
    assert sorted(batch.endpoint for batch in shop.account.openai_batches.values()) == ["/v1/chat/completions", "/v1/responses"]


@pytest.mark.parametrize("is_async", [False, True])
def test_mixed_models(shop: Shop, is_async: bool) -> None:
    """A batch of OpenAI's has one model; one of Anthropic's has any."""
    claude, gpt = shop.claude(), shop.gpt()

    def ask(number: int) -> str:
        if number % 2:
            model = ["claude-haiku-5-5", "claude-sonnet-5"][number // 2 % 2]
            return claude.messages.create(model=model, max_tokens=9, messages=user("Hi.")).model
        model = ["gpt-6-luna", "gpt-6-sol"][number // 2 % 2]
        return gpt.chat.completions.create(model=model, messages=user("Hi.")).model

    models = shop.helper.batch_map(ask, range(8))
    assert models == ["gpt-6-luna", "claude-haiku-5-5", "gpt-6-sol", "claude-sonnet-5"] * 2
    assert shop.sizes == [4]
    assert sorted(batch.total for batch in shop.account.openai_batches.values()) == [2, 2]


def test_a_client_for_each_call(shop: Shop) -> None:
    def ask(text: str) -> str:
        given = anthropic.Anthropic(base_url=shop.server.anthropic_url(shop.name), api_key="k")
        with shop.batching(given, max_requests=2) as client:
            return client.messages.create(**CLAUDE, messages=user(text)).id

    assert len(set(shop.helper.batch_map(ask, TEXTS))) == 6
    assert shop.sizes == [2, 2, 2]


def test_accounts_do_not_share_a_batch(shop: Shop, asking: Asking) -> None:
    asks = [asking(shop.claude(client={"api_key": key})) for key in ("one", "two")]
    shop.helper.batch_map(lambda number: asks[number % 2]("Hi."), range(6))
    assert sorted(shop.sizes) == [3, 3]


def test_event_loops_in_threads(shop: Shop) -> None:
    async def main() -> list[str]:
        async with shop.async_claude() as client:

            async def ask(text: str) -> str:
                return (await client.messages.create(**CLAUDE, messages=user(text))).content[0].text

            with shop.helper.batch_scope():
                return list(await asyncio.gather(*map(ask, TEXTS)))

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: asyncio.run(main()), range(3)))
    assert answers[0] == answers[1] == answers[2]
    assert shop.sizes == [6, 6, 6]


# What comes back


def test_parsed_answers_and_tools(shop: Shop) -> None:
    class Tags(pydantic.BaseModel):
        tags: list[str]

    claude, gpt = shop.claude(), shop.gpt()
    tool: Any = {"name": "note", "input_schema": {"type": "object", "properties": {"text": {"type": "string"}}}}

    def parse(number: int) -> object:
        if number == 0:
            return claude.messages.parse(**CLAUDE, messages=user("Tags?"), output_format=Tags).parsed_output
        if number == 1:
            choice: Any = {"type": "tool", "name": "note"}
            return claude.messages.create(**CLAUDE, messages=user("Note."), tools=[tool], tool_choice=choice).content[0].type
        if number == 2:
            parsed = gpt.chat.completions.parse(model="gpt-6-luna", messages=user("Tags?"), response_format=Tags)
            return parsed.choices[0].message.parsed
        if number == 3:
            return gpt.responses.parse(model="gpt-6-luna", input="Tags?", text_format=Tags).output_parsed
        raw = claude.messages.with_raw_response.create(**CLAUDE, messages=user("Raw."))
        return raw.parse().type

    results = shop.helper.batch_map(parse, range(5))
    assert [type(result) for result in results] == [Tags, str, Tags, Tags, str]
    assert (results[1], results[4]) == ("tool_use", "message")
    assert shop.kinds == {"batch": 5}


def test_the_sdk_knows_its_client(shop: Shop) -> None:
    client = shop.claude(client={"max_retries": 7, "timeout": 55.0, "default_headers": {"x-team": "shop"}})
    assert type(client) is anthropic.Anthropic
    assert (client.max_retries, client.timeout, client.api_key) == (7, 55.0, "k")
    shop.helper.batch_map(lambda text: client.messages.create(**CLAUDE, messages=user(text)), TEXTS)
    assert shop.sizes == [6], "headers and time-outs of the client itself are no obstacle"
    other = client.with_options(max_retries=0)
    shop.helper.batch_map(lambda text: other.messages.create(**CLAUDE, messages=user(text)), TEXTS)
    assert shop.sizes == [6, 6]


@pytest.mark.parametrize("make", [lambda shop: shop.claude(), lambda shop: shop.gpt()])
def test_one_failing_row_raises_as_its_call_would_have(shop: Shop, make: Callable[[Shop], Any]) -> None:
    client = make(shop)
    sdk: Any = anthropic if isinstance(client, anthropic.Anthropic) else openai

    def ask(text: str) -> str:
        if sdk is anthropic:
            return client.messages.create(**CLAUDE, messages=user(text)).id
        return client.chat.completions.create(model="gpt-6-luna", messages=user(text)).id

    with pytest.raises(sdk.BadRequestError) as alone:
        ask("[[errored]]")
    with shop.helper.BatchExecutor() as pool:
        futures = [pool.submit(ask, text) for text in ["a", "[[errored]]", "b", "[[expired]]"]]
    errors = [future.exception() for future in futures]
    assert (errors[0], errors[2]) == (None, None), "paid answers are kept"
    assert type(errors[1]) is sdk.BadRequestError
    assert str(errors[1]).replace("None", "'req_metered'") == str(alone.value).replace("None", "'req_metered'")
    assert isinstance(errors[3], sdk.InternalServerError if sdk is openai else sdk.APIStatusError)
    assert getattr(errors[3], "status_code", None) == 504
    assert shop.kinds == {"batch": 2}
    assert len(shop.account.batches) + len(shop.account.openai_batches) == 1, "nothing is tried again for another day"


def test_the_first_exception_in_the_order_of_items(shop: Shop) -> None:
    client = shop.claude()
    ended = []

    def ask(number: int) -> str:
        try:
            text = "[[errored]]" if number in (2, 4) else "Hi."
            return client.messages.create(**CLAUDE, messages=user(f"{number} {text}")).id
        except anthropic.BadRequestError as error:
            raise ValueError(number) from error
        finally:
            ended.append(number)

    with pytest.raises(ValueError, match="2"):
        shop.helper.batch_map(ask, range(6))
    assert sorted(ended) == [0, 1, 2, 3, 4, 5]


def test_errors_handled_for_each_item(shop: Shop, asking: Asking) -> None:
    ask = asking(shop.claude())

    def ask_or_none(text: str) -> str | None:
        try:
            return ask(text)
        except anthropic.APIStatusError:
            return None

    answers = shop.helper.batch_map(ask_or_none, ["a", "[[errored]]", "b"])
    assert [answer is None for answer in answers] == [False, True, False]
    assert shop.kept == []


@pytest.fixture
def overloaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Rows that meet an overloaded API, each once, by their prompts."""
    left = ["Say 1.", "Say 4."]
    answer = batches._result

    def answer_later(account: Any, params: Any, is_canceled: bool) -> Any:
        text = params["messages"][0]["content"]
        if text in left:
            left.remove(text)
            error = {"type": "overloaded_error", "message": "Overloaded"}
            return {"type": "errored", "error": {"type": "error", "error": error, "request_id": None}}, None
        return answer(account, params, is_canceled)

    monkeypatch.setattr(batches, "_result", answer_later)
    return left


def test_the_sdk_tries_again_what_can_be_tried_again(shop: Shop, asking: Asking, overloaded: list[str]) -> None:
    assert len(shop.helper.batch_map(asking(shop.claude(window=1.5)), TEXTS)) == 6
    assert (overloaded, shop.sizes) == ([], [6])
    assert shop.kinds == {"batch": 4, "messages": 2}


def test_a_retry_around_the_call(shop: Shop, asking: Asking, overloaded: list[str]) -> None:
    ask = asking(shop.claude(client={"max_retries": 0}))
    caught = []

    def ask_until(text: str) -> str:
        for _ in range(3):
            try:
                return ask(text)
            except (anthropic.RateLimitError, anthropic.InternalServerError) as error:
                caught.append(error.status_code)
        raise AssertionError(text)

    assert len(shop.helper.batch_map(ask_until, TEXTS)) == 6
    assert (caught, shop.sizes) == ([529, 529], [6]), "another try is an ordinary call"


def test_an_api_that_refuses_the_batch(shop: Shop, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ApiError(401, "authentication_error", "invalid x-api-key")

    monkeypatch.setattr(batches, "create", refuse)
    ask = asking(shop.claude())
    with shop.helper.BatchExecutor() as pool:
        futures = [pool.submit(ask, text) for text in TEXTS]
    assert {type(future.exception()) for future in futures} == {anthropic.AuthenticationError}
    assert "invalid x-api-key" in str(futures[0].exception())


def test_a_file_that_openai_refuses(shop: Shop) -> None:
    shop.set_up(openai_batch_rows=3)
    client = shop.gpt()
    with shop.helper.BatchExecutor() as pool:
        futures = [pool.submit(client.responses.create, model="gpt-6-luna", input=text) for text in TEXTS]
    assert {type(future.exception()) for future in futures} == {openai.BadRequestError}


# Limits


def test_batches_are_bounded_in_number(shop: Shop, asking: Asking) -> None:
    shop.set_up(batch_rows=4)
    assert len(shop.helper.batch_map(asking(shop.claude(max_requests=4)), TEXTS)) == 6
    assert shop.sizes == [4, 2]


@pytest.mark.parametrize("kind", ["claude", "gpt"])
def test_batches_are_bounded_in_size(shop: Shop, kind: str) -> None:
    most = 4_000
    shop.set_up(batch_bytes=most, openai_batch_bytes=most)
    client: Any = shop.claude(max_bytes=most) if kind == "claude" else shop.gpt(max_bytes=most)

    def ask(number: int) -> str:
        messages = user(f"{number} " + "ä" * 100)
        if kind == "claude":
            return client.messages.create(**CLAUDE, messages=messages).id
        return client.chat.completions.create(model="gpt-6-luna", messages=messages).id

    assert len(set(shop.helper.batch_map(ask, range(12)))) == 12
    assert len(shop.account.batches) + len(shop.account.openai_batches) in (3, 4), "several rows fit into one"


# What has no place in a batch


def test_calls_that_are_sent_as_ever(shop: Shop) -> None:
    claude, gpt = shop.claude(), shop.gpt()
    hi = user("Hi.")

    def stream() -> None:
        with claude.messages.stream(**CLAUDE, messages=hi) as events:
            events.get_final_message()

    def stream_chat() -> None:
        for _ in gpt.chat.completions.create(model="gpt-6-luna", messages=hi, stream=True):
            pass

    calls: list[Callable[[], object]] = [
        stream,
        stream_chat,
        lambda: claude.messages.create(**CLAUDE, messages=hi, extra_headers={"x-user": "7"}),
        lambda: claude.messages.count_tokens(model="claude-haiku-5-5", messages=hi),
        lambda: gpt.chat.completions.create(model="gpt-6-luna", messages=hi, service_tier="flex"),
        lambda: gpt.responses.create(model="gpt-6-luna", input="Hi.", extra_body={"background": True}),
    ]
    shop.helper.batch_map(lambda call: call(), calls)
    assert (len(shop.account.batches), len(shop.account.openai_batches)) == (0, 0)
    assert shop.kinds == {"messages": 2, "chat": 1, "flex": 1, "responses": 1}


def test_the_time_out_of_a_call_does_not_count(shop: Shop) -> None:
    client = shop.claude()
    ask = client.with_options(timeout=40).messages.create
    shop.helper.batch_map(lambda text: client.messages.create(**CLAUDE, messages=user(text), timeout=30), TEXTS)
    shop.helper.batch_map(lambda text: ask(**CLAUDE, messages=user(text)), TEXTS)
    assert shop.sizes == [6, 6]


def test_tracing_headers_are_no_obstacle(shop: Shop) -> None:
    client = shop.claude()
    headers = {"traceparent": "00-1-1-01", "X-Datadog-Trace-Id": "1"}
    shop.helper.batch_map(lambda text: client.messages.create(**CLAUDE, messages=user(text), extra_headers=headers), TEXTS)
    assert shop.sizes == [6]


def test_betas_do_not_share_a_batch(shop: Shop) -> None:
    client = shop.claude()

    def ask(number: int) -> str:
        betas: Any = [["one-beta"], ["one-beta", "other-beta"]][number % 2]
        return client.beta.messages.create(**CLAUDE, messages=user("Hi."), betas=betas).id

    assert len(shop.helper.batch_map(ask, range(6))) == 6
    assert sorted(shop.sizes) == [3, 3]


@pytest.mark.parametrize(
    "make",
    [
        lambda: anthropic.AnthropicBedrock(aws_region="us-east-1", aws_access_key="k", aws_secret_key="k"),
        lambda: anthropic.AnthropicFoundry(api_key="k", resource="shop"),
        lambda: openai.AzureOpenAI(api_key="k", azure_endpoint="https://shop.test", api_version="2026-01-01"),
        lambda: openai.OpenAI(api_key="k", base_url="https://openrouter.ai/api/v1"),
        lambda: openai.AsyncOpenAI(api_key="k", base_url="https://api.openai.com.shop.test/v1"),
        lambda: object(),
    ],
)
def test_clients_without_batches_stay_as_they_are(shop: Shop, make: Callable[[], Any], caplog: pytest.LogCaptureFixture) -> None:
    client = make()
    assert shop.helper.batching(client) is client
    assert "has no batches" in caplog.text
    if hasattr(client, "close") and not isinstance(client, openai.AsyncOpenAI):
        client.close()


def test_a_client_of_the_vendors_own_host(shop: Shop) -> None:
    assert callable(shop.helper.batch_map)
    with openai.OpenAI(api_key="k", base_url="https://eu.api.openai.com/v1") as client:
        assert shop.helper.batching(client) is not client


@pytest.mark.parametrize("kind", ["batch_map", "BatchExecutor", "batch_scope"])
def test_a_server_without_batches_gets_calls_as_ever(shop: Shop, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ApiError(404, "not_found_error", "Not Found")

    monkeypatch.setattr(batches, "create", refuse)
    client = shop.async_claude() if kind == "batch_scope" else shop.claude()

    def ask(text: str) -> Any:
        return client.messages.create(**CLAUDE, messages=user(text))

    async def ask_all() -> list[Any]:
        async with client:
            with shop.helper.batch_scope():
                return await asyncio.gather(*(ask(text) for text in TEXTS))

    if kind == "batch_map":
        answers = shop.helper.batch_map(ask, TEXTS)
    elif kind == "BatchExecutor":
        with shop.helper.BatchExecutor() as pool:
            answers = list(pool.map(ask, TEXTS))
    else:
        answers = asyncio.run(ask_all())
    assert len({answer.id for answer in answers}) == 6
    assert shop.kinds == {"messages": 6}


def test_another_try_where_no_batch_could_be_made(
    shop: Shop, asking: Asking, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    create, failures = batches.create, [1]

    def refuse(*arguments: Any) -> Any:
        if failures:
            failures.pop()
            raise ApiError(403, "permission_error", "not now")
        return create(*arguments)

    monkeypatch.setattr(batches, "create", refuse)
    ask = asking(shop.claude())

    def ask_until(text: str) -> str:
        for _ in range(2):
            with contextlib.suppress(anthropic.PermissionDeniedError):
                return ask(text)
        raise AssertionError(text)

    assert len(shop.helper.batch_map(ask_until, TEXTS)) == 6
    assert (shop.sizes, shop.kinds) == ([6], {"batch": 6}), "no call was sent at the full price"
    assert "of 6 requests" in caplog.text
    assert "platform.claude.com" in caplog.text


def test_what_items_print_appears_in_their_order(shop: Shop, asking: Asking, capsys: pytest.CaptureFixture[str]) -> None:
    ask = asking(shop.claude())

    def show(text: str) -> None:
        print(f"--- {text} ---")
        if text != "Say 3.":
            print(len(ask(text)) > 0)

    shop.helper.batch_map(show, TEXTS)
    expected = [line for text in TEXTS for line in (f"--- {text} ---", "True") if (text, line) != ("Say 3.", "True")]
    assert capsys.readouterr().out.splitlines() == expected
    assert shop.sizes == [5]


def test_a_scope_does_not_reach_other_threads(shop: Shop, asking: Asking) -> None:
    ask = asking(shop.claude())
    inside, done = threading.Event(), threading.Event()

    def other() -> None:
        inside.wait(10)
        ask("Hi.")
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    with shop.helper.batch_scope():
        inside.set()
        assert done.wait(10)
    thread.join()
    assert shop.kinds == {"messages": 1}
