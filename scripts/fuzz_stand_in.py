"""Stand-ins for the `anthropic` and `openai` packages that keep what programs send and answer at once, for `scripts/fuzz_fixes.py`."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
import types
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

SECONDS = 10
"""How long a program may run."""

_MAY_CHANGE = frozenset({"model", "cache_control", "prompt_cache_key", "temperature", "top_p", "top_k", "thinking"})
"""Parameters that a fix may change, or take away as the new model refuses them."""


@dataclass(frozen=True, order=True)
class Request:
    """What a request says, less what a fix may change."""

    system: str
    messages: tuple[tuple[str, str], ...]
    rest: str

    def shuffled(self) -> Request:
        """The same with the words of all texts in one order."""
        words = " ".join([self.system, *(text for _, text in self.messages)]).split()
        return Request(" ".join(sorted(words)), (), self.rest)

    def difference(self, other: Request) -> str:
        for mine, others in zip(
            (self.system, repr(self.messages), self.rest), (other.system, repr(other.messages), other.rest), strict=True
        ):
            if mine != others:
                at = next((i for i, (a, b) in enumerate(zip(mine, others, strict=False)) if a != b), min(len(mine), len(others)))
                return f"{mine[max(0, at - 30) : at + 30]!r} → {others[max(0, at - 30) : at + 30]!r}"
        return ""


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_text(block["text"]) for block in content)
    return repr(content)


def _unmarked(value: object) -> object:
    if isinstance(value, dict):
        return {key: _unmarked(inner) for key, inner in value.items() if key != "cache_control"}
    return [_unmarked(inner) for inner in value] if isinstance(value, list) else value


def _request(given: dict[str, Any]) -> Request:
    rest = {key: _unmarked(value) for key, value in given.items() if key not in _MAY_CHANGE and key not in ("system", "messages")}
    # What a client passes on unseen.
    rest = {key: value for key, value in rest.items() if key != "extra_body" or value}
    messages = tuple((each["role"], _text(each["content"])) for each in given.get("messages", []))
    return Request(_text(given.get("system", "")), messages, repr(sorted(rest.items())))


def _answer(given: dict[str, Any]) -> types.SimpleNamespace:
    block = types.SimpleNamespace(type="text", text=f"answer to {_request(given).messages}")
    return types.SimpleNamespace(content=[block], stop_reason="end_turn", role="assistant", id="msg")


class _Batches:
    """The Message Batches API: each batch has ended as soon as it is asked for, and its results come in reverse."""

    def __init__(self, sent: list[Request]) -> None:
        self.sent = sent
        self.batches: dict[str, list[dict[str, Any]]] = {}

    def create(self, *, requests: Any, **_: object) -> types.SimpleNamespace:
        given = list(requests)
        name = f"batch_{len(self.batches)}"
        self.batches[name] = given
        self.sent += [_request(dict(each["params"])) for each in given]
        return types.SimpleNamespace(id=name, processing_status="in_progress")

    def retrieve(self, name: str, **_: object) -> types.SimpleNamespace:
        counts = types.SimpleNamespace(succeeded=len(self.batches[name]), errored=0, expired=0, canceled=0, processing=0)
        return types.SimpleNamespace(id=name, processing_status="ended", request_counts=counts)

    def results(self, name: str, **_: object) -> Iterator[types.SimpleNamespace]:
        for each in reversed(self.batches[name]):
            result = types.SimpleNamespace(type="succeeded", message=_answer(dict(each["params"])))
            yield types.SimpleNamespace(custom_id=each["custom_id"], result=result)


class _AsyncBatches:
    def __init__(self, batches: _Batches) -> None:
        self.batches = batches

    async def create(self, **given: Any) -> types.SimpleNamespace:
        return self.batches.create(**given)

    async def retrieve(self, name: str, **_: object) -> types.SimpleNamespace:
        return self.batches.retrieve(name)

    async def results(self, name: str, **_: object) -> AsyncIterator[types.SimpleNamespace]:
        async def each() -> AsyncIterator[types.SimpleNamespace]:
            for result in self.batches.results(name):
                yield result

        return each()


def _modules(sent: list[Request]) -> dict[str, types.ModuleType]:
    def create(**given: Any) -> types.SimpleNamespace:
        sent.append(_request(given))
        return _answer(given)

    async def acreate(**given: Any) -> types.SimpleNamespace:
        return create(**given)

    def client(create: Callable[..., Any], batches: object) -> Callable[..., types.SimpleNamespace]:
        messages = types.SimpleNamespace(create=create, batches=batches)
        chat = types.SimpleNamespace(completions=types.SimpleNamespace(create=create))
        return lambda **_: types.SimpleNamespace(messages=messages, chat=chat)

    batches = _Batches(sent)
    clients = {
        "Anthropic": client(create, batches),
        "AsyncAnthropic": client(acreate, _AsyncBatches(batches)),
        "OpenAI": client(create, None),
    }
    modules = {name: types.ModuleType(name) for name in ("anthropic", "openai")}
    for module in modules.values():
        vars(module).update(clients)
    return modules


@contextlib.contextmanager
def _time_limit() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError(f"runs longer than {SECONDS} seconds")

    usual = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, usual)


def requests_of(data: bytes, name: str) -> list[Request] | str:
    """What a program sends; or, if it fails, with what."""
    sent: list[Request] = []
    modules, sleep = dict(sys.modules), time.sleep
    sys.modules.update(_modules(sent))
    time.sleep = lambda _: None
    try:
        with _time_limit(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(data, name, "exec", dont_inherit=True), {"__name__": "__main__"})
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        time.sleep = sleep
        for name in ("anthropic", "openai"):
            del sys.modules[name]
            sys.modules.update({name: modules[name]} if name in modules else {})
    return sent
