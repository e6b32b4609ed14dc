"""One server and one runner for all programs; the program of the next test runs ahead of it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from metered.programs import Measured, Program, measure
from metered.runner import Runner
from metered.server import MeteredServer

Start = Callable[[Program], "Future[Measured]"]
_NEXT = pytest.StashKey[pytest.Item | None]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    item.stash[_NEXT] = nextitem
    return (yield)


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Runs a program, unless that has been done or is under way."""
    begun: dict[str, Future[Measured]] = {}
    with MeteredServer() as server, Runner() as runner, ThreadPoolExecutor(2) as pool:

        def begin(program: Program) -> Future[Measured]:
            if program.id not in begun:
                begun[program.id] = pool.submit(measure, program, runner, server, tmp_path_factory.mktemp(program.id))
            return begun[program.id]

        yield begin
        pool.shutdown(cancel_futures=True)


@pytest.fixture
def measured(request: pytest.FixtureRequest, start: Start, program: Program) -> Measured:
    """What came of running the program. Of the others, only the next one is run: where tests are spread over processes, each
    process knows all tests, but not which ones will be its own.
    """
    future = start(program)
    following = _program(request.node.stash[_NEXT])
    if following is not None:
        start(following)
    return future.result(timeout=120)


def _program(item: pytest.Item | None) -> Program | None:
    # `callspec` is what holds the parameters of a test; pytest's types do not name it.
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    program = parameters.get("program")
    return program if isinstance(program, Program) else None
