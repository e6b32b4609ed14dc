"""Options of the test run."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from metered.runner import Command, Runner, in_new_interpreter

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A test run in the background of a shell ignores Ctrl-C, and so would the processes that tests start and interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files of fixtures/ anew")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def command() -> Iterator[Command]:
    """llmlint's command line in a process of its own, which is forked where it can be, as starting Python takes ten times as long as most
    commands. PYTHONHASHSEED and what else Python reads when it starts are the same for all: `in_new_interpreter` is for tests of that.
    """
    if not hasattr(os, "fork"):
        yield in_new_interpreter
        return
    with Runner("commands") as runner:
        yield runner.command
