from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import anthropic
import pytest

from metered import MeteredServer
from shops import CLAUDE, Shop


@pytest.fixture(scope="session")
def server() -> Iterator[MeteredServer]:
    with MeteredServer() as server:
        yield server


@pytest.fixture
def shop(server: MeteredServer, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shop]:
    with ExitStack() as stack:
        shop = Shop(server, re.sub(r"\W", "-", request.node.name), tmp_path / "batches", stack)
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
