"""Calls of openai<1 in batches: answers, exceptions, settings, and which calls are sent together."""

from __future__ import annotations

import ast
import importlib.util
import os
import signal
import time
from typing import Any

import pytest

from llmlint.fixes.batch.parts import assembled
from metered import openai_batches
from metered.errors import ApiError

FOREVER = 10**9
ASK = """
import asyncio, logging
import openai
import llm_batches
from llm_batches import *

llm_batches.WINDOW, llm_batches.POLL_SECONDS = 0.3, 0.02
llm_batches._LegacyClient.pauses = (0.01,) * 3
TEXTS = ["one", "two", "three", "four"]

def request(text, **more):
    return {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": text}], **more}

def ask(text, **more):
    response = openai.ChatCompletion.create(**request(text, **more))
    assert response["choices"][0]["message"]["content"] == response.choices[0].message.content
    return response.choices[0].message["content"]

def shown(text, **more):
    try:
        return ask(text, **more)
    except openai.error.OpenAIError as error:
        return f"{type(error).__name__} {error.http_status} {error}"

batching(openai)
batching(openai)
"""
RUNS = {
    "map": "print(*llm_batches.batch_map(shown, TEXTS), sep='\\n')",
    "pool": "with llm_batches.BatchExecutor(2) as pool:\n    print(*pool.map(shown, TEXTS), sep='\\n')",
    "scope": """
async def ask_async(text):
    try:
        response = await openai.ChatCompletion.acreate(**request(text))
    except openai.error.OpenAIError as error:
        return f"{type(error).__name__} {error.http_status} {error}"
    return response.choices[0].message.content

async def main():
    with llm_batches.batch_scope():
        print(*await asyncio.gather(*map(ask_async, TEXTS)), sep="\\n")

asyncio.run(main())
""",
}
LATE = """
llm_batches.TIMEOUT = 0.1
try:
    batch_map(ask, TEXTS)
except openai.error.APIError as error:
    print(error.http_status)
"""


@pytest.fixture(params=RUNS)
def part(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_answers_are_those_of_the_calls(project: Any, part: str) -> None:
    project.write(f"{ASK}print(*map(shown, TEXTS), sep='\\n')\n{RUNS[part]}", part)
    lines = project.run()
    assert len(set(lines[:4])) == 4
    assert lines[4:] == lines[:4]
    assert (project.sizes, project.kinds, project.kept) == ([4], {"chat": 4, "batch": 4}, [])


def test_each_failing_row_raises_what_its_call_would_have(project: Any, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = openai_batches.create_chat

    def refuse(account: Any, body: Any, **more: Any) -> Any:
        if "busy" in body["messages"][0]["content"]:
            raise ApiError(429, "rate_limit_exceeded", "Rate limit reached")
        return chat(account, body, **more)

    monkeypatch.setitem(openai_batches._ENDPOINTS, "/v1/chat/completions", refuse)
    texts = "TEXTS = ['one', '[[errored]]', 'busy', '[[expired]]', 'two']\n"
    project.write(f"{ASK}{texts}print(shown('[[errored]]'))\n{RUNS[part]}", part)
    alone, one, errored, busy, expired, two = project.run()
    assert errored == alone
    assert errored.startswith("InvalidRequestError 400 ")
    assert busy == "RateLimitError 429 Rate limit reached"
    assert expired.startswith("APIError 504 ")
    assert "Error" not in one + two, "paid answers are kept"
    assert project.sizes == [5]


def test_all_parts_together(project: Any) -> None:
    runs = "\n".join(RUNS.values())
    project.write(f"{ASK}{runs}", *RUNS)
    lines = project.run()
    assert lines[:4] == lines[4:8] == lines[8:]
    assert project.sizes == [4, 4, 4]


def test_settings_that_come_later(project: Any) -> None:
    """Keys and organizations are those that hold when the call is made; accounts do not share a batch."""
    program = f"""{ASK}
def ask_of(number):
    openai.api_key, openai.organization = f"key-{{number % 2}}", f"org-{{number % 2}}"
    return ask(f"{{number}}", **({{"api_key": "other"}} if number > 3 else {{}}))

print(len(set(batch_map(ask_of, range(6)))))
"""
    project.write(program, "map")
    assert project.run() == ["6"]
    assert sorted(project.sizes) == [1, 1, 2, 2]


@pytest.mark.parametrize(
    "change",
    [
        "more = {'headers': {'x-user': '7'}}",
        "more = {'engine': 'desk'}",
        "openai.api_type, more = 'azure', {'engine': 'desk', 'api_version': '2023-05-15'}",
        "llm_batches.HOSTS, more = r'(.+\\.)?openai\\.com', {}",
        "more = {'service_tier': 'flex'}",
        "more = {'api_base': openai.api_base.replace('127.0.0.1', '127.0.0.2')}",
    ],
)
def test_calls_that_are_sent_as_ever(project: Any, change: str) -> None:
    project.write(f"{ASK}{change}\nprint(*batch_map(lambda text: shown(text, **more), TEXTS), sep='\\n')", "map")
    assert len(project.run()) == 4
    assert project.account.openai_batches == {}
    assert not project.account.files


def test_streams_are_sent_as_ever(project: Any) -> None:
    program = f"""{ASK}
def read(text):
    chunks = openai.ChatCompletion.create(**request(text, stream=True))
    return "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks)

print(batch_map(read, TEXTS) == [ask(text) for text in TEXTS])
"""
    project.write(program, "map")
    assert project.run() == ["True"]
    assert project.account.openai_batches == {}


def test_time_outs_of_calls_do_not_count(project: Any) -> None:
    """Nor are they part of the request."""
    program = f"{ASK}print(len(batch_map(lambda text: ask(text, request_timeout=(3, 9), timeout=5), TEXTS)))"
    project.write(program, "map")
    assert project.run() == ["4"]
    rows = openai_batches._check(project.account, next(iter(project.account.openai_batches.values())))
    assert {frozenset(row["body"]) for row in rows} == {frozenset({"model", "messages"})}


def test_a_list_that_the_next_item_changes(project: Any) -> None:
    program = f"""{ASK}
messages = [{{"role": "user", "content": ""}}]

def ask_with_the_same_list(text):
    messages[0]["content"] = text
    return openai.ChatCompletion.create(model="gpt-4o-mini", messages=messages).choices[0].message.content

print(batch_map(ask_with_the_same_list, TEXTS) == [ask(text) for text in TEXTS])
"""
    project.write(program, "map")
    assert project.run() == ["True"]
    assert project.sizes == [4]


@pytest.mark.parametrize("kind", ["loop", "tenacity", "backoff"])
def test_retries_of_the_program(project: Any, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another try of an item is an ordinary call."""
    if kind != "loop" and importlib.util.find_spec(kind) is None and not (project.sdk / kind).exists():
        pytest.skip(f"{kind} is not installed")
    refused: list[str] = []
    chat = openai_batches.create_chat

    def refuse(account: Any, body: Any, **more: Any) -> Any:
        if body["messages"][0]["content"] in ("two", "four"):
            refused.append(body["messages"][0]["content"])
            raise ApiError(429, "rate_limit_exceeded", "Rate limit reached")
        return chat(account, body, **more)

    monkeypatch.setitem(openai_batches._ENDPOINTS, "/v1/chat/completions", refuse)
    functions = {
        "loop": """
def ask_until(text):
    while True:
        try:
            return ask(text)
        except openai.error.RateLimitError:
            print("again", text)
""",
        "tenacity": """
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_none

@retry(wait=wait_none(), stop=stop_after_attempt(3), retry=retry_if_exception_type(openai.error.RateLimitError))
def ask_until(text):
    return ask(text)
""",
        "backoff": """
import backoff

@backoff.on_exception(backoff.constant, openai.error.RateLimitError, interval=0.01, jitter=None)
def ask_until(text):
    return ask(text)
""",
    }
    project.write(f"{ASK}{functions[kind]}\nprint(batch_map(ask_until, TEXTS) == [ask(text) for text in TEXTS])", "map")
    assert project.run()[-1] == "True"
    assert sorted(refused) == ["four", "two"]
    assert (project.sizes, project.kinds) == ([4], {"batch": 2, "chat": 6})


@pytest.mark.parametrize(("status", "kind"), [(401, "AuthenticationError"), (429, "RateLimitError"), (500, "APIError")])
def test_an_api_that_refuses_the_batch(project: Any, status: int, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def refuse(*_: object) -> Any:
        tries.append(status)
        raise ApiError(status, "some_error", "no")

    monkeypatch.setattr(openai_batches, "create", refuse)
    project.write(f"{ASK}{RUNS['pool']}", "pool")
    assert {line.split()[0] for line in project.run()} == {kind}
    assert len(tries) == (1 if status == 401 else 4), "what may pass is tried again"
    assert project.kinds == {}, "nothing was sent at the full price"


def test_an_outage_that_passes(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As other versions do, it tries again where the API is busy: when it sends a batch, and when it asks for it."""
    failures = [503, 429, 502, 500]

    def sometimes(function: Any) -> Any:
        def called(*arguments: Any) -> Any:
            if failures:
                raise ApiError(failures.pop(), "server_error", "not now")
            return function(*arguments)

        return called

    for name in ("create", "find", "file"):
        monkeypatch.setattr(openai_batches, name, sometimes(getattr(openai_batches, name)))
    project.write(f"{ASK}llm_batches._LegacyClient.pauses = (0.01,) * 4\n{RUNS['map']}", "map")
    assert "Error" not in "".join(project.run())
    assert (failures, project.kinds) == ([], {"batch": 4})


def test_a_server_without_batches_gets_calls_as_ever(project: Any, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Any:
        raise ApiError(404, "not_found_error", "Not Found")

    monkeypatch.setattr(openai_batches, "upload", refuse)
    project.write(f"{ASK}{RUNS[part]}", part)
    assert len(set(project.run())) == 4
    assert project.kinds == {"chat": 4}


def test_a_file_that_the_api_refuses(project: Any, part: str) -> None:
    project.set_up(openai_batch_rows=3)
    project.write(f"{ASK}{RUNS[part]}", part)
    assert {line.split()[0] for line in project.run()} == {"InvalidRequestError"}


def test_batches_are_bounded(project: Any) -> None:
    project.write(f"{ASK}llm_batches._OpenAI.max_requests = 3\n{RUNS['map']}", "map")
    assert len(set(project.run())) == 4
    assert sorted(project.sizes) == [1, 3]


def test_a_batch_that_takes_too_long(project: Any) -> None:
    project.set_up(polls=FOREVER)
    project.write(f"{ASK}{LATE}", "map")
    assert project.run() == ["504"]
    assert len(project.kept) == 1, "a later run takes its answers"


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("stop", ["SIGKILL", "SIGINT"])
def test_a_stopped_program_resumes_and_pays_once(project: Any, part: str, stop: str) -> None:
    project.set_up(polls=FOREVER)
    project.write(f"{ASK}{RUNS[part]}", part)
    with project.start() as process:
        deadline = time.monotonic() + 30
        while not project.kept:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(0.2)
        process.send_signal(getattr(signal, stop))
        assert process.communicate(timeout=20)[0] == ""
    assert (len(project.account.openai_batches), project.kinds) == (1, {}), "it was sent and not answered"
    project.account.openai_batches["batch_0"].polls = 0
    assert len(set(project.run())) == 4
    assert (project.sizes, project.kinds, project.kept) == ([4], {"batch": 4}, [])


def test_batches_are_cancelled(project: Any) -> None:
    project.set_up(polls=FOREVER)
    project.write(f"{ASK}{LATE}\ncancel_batches(openai)", "map")
    assert project.run() == ["504"]
    assert [batch.status for batch in project.account.openai_batches.values()] == ["cancelling"]
    assert project.kept == []


def test_a_later_version_of_openai_is_left_alone(project: Any) -> None:
    """The module says so, and does not fail."""
    program = "import logging, openai, llm_batches\nassert llm_batches.batching(openai) is openai\nprint('well')"
    project.write(program, "map")
    (project.folder / "openai.py").write_text("class OpenAI: pass\n")
    with project.start(PYTHONPATH="") as process:
        out, err = process.communicate(timeout=60)
    assert out == "well\n"
    assert "is not openai<1: calls are sent as ever" in err


def test_it_works_with_the_oldest_python_that_openai_did() -> None:
    """3.8 has no `tuple[int, …]` at run time, nor `typing.ParamSpec`."""
    for parts in ({"map"}, {"pool"}, {"map", "pool", "scope"}):
        tree = ast.parse(assembled(frozenset({"legacy", *parts})), feature_version=(3, 8))
        assigned = [node for node in tree.body if isinstance(node, ast.Assign)]
        assert not any(isinstance(each, ast.Subscript) for node in assigned for each in ast.walk(node.value))
        imported = {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
        assert not imported & {"ParamSpec", "TypeAlias", "Self"}
