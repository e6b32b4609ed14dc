"""One server and one runner for all programs; they run ahead of their tests, a few at a time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from metered.programs import Measured, Program, measure
from metered.runner import Runner
from metered.server import MeteredServer

Results = dict[str, "Future[Measured]"]


@pytest.fixture(scope="session")
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Results]:
    """By the program's id, what came of running it; only of the programs that this test run asks for."""
    wanted = {
        program.id: program
        for item in request.session.items
        if isinstance(program := getattr(item, "callspec", None) and item.callspec.params.get("program"), Program)  # type: ignore[attr-defined]
    }
    with MeteredServer() as server, Runner() as runner, ThreadPoolExecutor(3) as pool:
        yield {
            name: pool.submit(measure, program, runner, server, tmp_path_factory.mktemp(name)) for name, program in wanted.items()
        }
        pool.shutdown(cancel_futures=True)
