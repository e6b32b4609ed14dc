from __future__ import annotations

import inspect
import itertools
import re
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import anthropic
import pytest

from llmlint.fixes.batch.parts import PARTS, assembled
from metered import MeteredServer
from shops import CLAUDE, Shop


@pytest.fixture(scope="session")
def server() -> Iterator[MeteredServer]:
    with MeteredServer() as server:
        yield server


# What of a test's text shows which parts of the module it needs.
_NEEDS = {
    "anthropic": r"claude|anthropic|asking|CLAUDE",
    "openai": r"gpt|openai",
    "map": "batch_map",
    "order": "in_turn",
    "pool": "BatchExecutor|ThreadPoolExecutor|threading",
    "scope": r"async_|batch_scope",
}
_numbers = itertools.count()


@pytest.fixture(params=["least", "all"])
def parts(request: pytest.FixtureRequest) -> frozenset[str]:
    """The parts of the module that a test runs with: those that it needs, or all."""
    if request.param == "all":
        return frozenset(PARTS)
    text = inspect.getsource(request.function)
    needed = {part for part, words in _NEEDS.items() if re.search(words, text)}
    return frozenset({*needed, *getattr(request.module, "MORE_PARTS", ())})


@pytest.fixture
def helper(parts: frozenset[str]) -> Iterator[types.ModuleType]:
    """The module with the batching client, which knows nothing of what earlier tests did."""
    name = f"llm_batches_{next(_numbers)}"
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(compile(assembled(parts), f"{name}.py", "exec"), vars(module))
    yield module
    del sys.modules[name]


@pytest.fixture
def shop(server: MeteredServer, tmp_path: Path, request: pytest.FixtureRequest, helper: types.ModuleType) -> Iterator[Shop]:
    with ExitStack() as stack:
        shop = Shop(server, re.sub(r"\W", "-", request.node.name), tmp_path / "batches", stack, helper)
        shop.set_up()
        yield shop


@pytest.fixture
def asking() -> Callable[[anthropic.Anthropic], Callable[[str], str]]:
    """A function that asks one thing, with a client."""

    def make(client: anthropic.Anthropic) -> Callable[[str], str]:
        def ask(text: str) -> str:
            message = client.messages.create(**CLAUDE, messages=[{"role": "user", "content": text}])
            return message.content[0].text

        return ask

    return make
