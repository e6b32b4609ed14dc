"""Stand-ins for the `anthropic` and `openai` packages, which keep what programs send, and for the batching client: for `scripts/fuzz_fixes.py`."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
import types
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

SECONDS = 10
"""How long a program may run."""

# A limit rises where the new model always thinks.
_MAY_CHANGE = frozenset({"model", "cache_control", "prompt_cache_key", "temperature", "top_p", "top_k", "thinking", "max_tokens"})
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


def _modules(sent: list[Request]) -> dict[str, types.ModuleType]:
    def create(**given: Any) -> types.SimpleNamespace:
        sent.append(_request(given))
        return _answer(given)

    async def acreate(**given: Any) -> types.SimpleNamespace:
        return create(**given)

    def client(create: Callable[..., Any]) -> Callable[..., types.SimpleNamespace]:
        messages = types.SimpleNamespace(create=create)
        chat = types.SimpleNamespace(completions=types.SimpleNamespace(create=create))
        return lambda **_: types.SimpleNamespace(messages=messages, chat=chat)

    clients = {"Anthropic": client(create), "AsyncAnthropic": client(acreate), "OpenAI": client(create)}
    modules = {name: types.ModuleType(name) for name in ("anthropic", "openai", "llm_batches")}
    for name in ("anthropic", "openai"):
        vars(modules[name]).update(clients)
    vars(modules["llm_batches"]).update(
        batching=lambda client: client,
        batch_map=lambda function, items, calls=1: [function(item) for item in items],
        batch_scope=contextlib.nullcontext,
        BatchExecutor=ThreadPoolExecutor,
    )
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
        for name in ("anthropic", "openai", "llm_batches"):
            del sys.modules[name]
            sys.modules.update({name: modules[name]} if name in modules else {})
    return sent
