"""A metered server of its own for each test. A file with other settings has a fixture `settings`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from metered import Account, MeteredServer, Settings


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def server(settings: Settings) -> Iterator[MeteredServer]:
    with MeteredServer(settings) as server:
        yield server


@pytest.fixture
def account(server: MeteredServer) -> Account:
    return server.account("test")
