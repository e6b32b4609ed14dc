"""Work that processes share is done whatever happens to them."""

from __future__ import annotations

import contextlib
import multiprocessing.context
import os
import random
import signal
import sys
import threading
import time

import pytest

from llmlint.run import workers
from llmlint.run.workers import share

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")

PARENT = os.getpid()


def square(number: int) -> int:
    return number * number


def large(number: int) -> bytes:
    return bytes([number]) * 3_000_000


def ends_in_a_worker(number: int) -> int:
    if os.getpid() != PARENT and number % 7 == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def raises(number: int) -> int:
    if number == 5:
        raise LookupError(number)
    return number


def slow(number: int) -> bytes:
    time.sleep(0.002)
    return bytes([number]) * 300_000


@pytest.mark.parametrize("count", [0, 1, 2, 19, 200])
@pytest.mark.parametrize("chunk", [1, 7, 300])
@pytest.mark.parametrize("crew", [1, 3])
def test_results_are_those_of_map_in_order(count: int, chunk: int, crew: int) -> None:
    assert list(share(square, range(count), crew, chunk)) == [number * number for number in range(count)]


def test_results_larger_than_a_pipe_come_whole() -> None:
    assert list(share(large, range(9), 3, 1)) == list(map(large, range(9)))


@pytest.mark.parametrize("chunk", [1, 4])
def test_what_a_killed_worker_had_is_done_here(chunk: int) -> None:
    assert list(share(ends_in_a_worker, range(40), 3, chunk)) == list(range(40))


def test_an_error_is_raised_in_its_turn() -> None:
    results = share(raises, range(9), 2, 1)
    assert [next(results) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(LookupError):
        next(results)


def test_workers_killed_at_any_moment_do_not_hang_a_run() -> None:
    # A worker that dies in the middle of a large result is what a shared queue of results does not survive.
    for seed in range(8):
        chance = random.Random(seed)
        stop = threading.Event()

        def kill(chance: random.Random = chance, stop: threading.Event = stop) -> None:
            while not stop.wait(chance.random() * 0.02):
                for child in multiprocessing.active_children():
                    # It may have ended by itself since it was listed.
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(child.pid, signal.SIGKILL)  # type: ignore[arg-type]

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            assert list(share(slow, range(40), 2, 1)) == [bytes([number]) * 300_000 for number in range(40)]
        finally:
            stop.set()
            killer.join()


@pytest.mark.parametrize("possible", [0, 1])
def test_where_no_process_can_be_started_it_is_done_here(monkeypatch: pytest.MonkeyPatch, possible: int) -> None:
    real, started = multiprocessing.context.ForkProcess.start, []

    def start(process: multiprocessing.context.ForkProcess) -> None:
        if len(started) == possible:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        started.append(process)
        real(process)

    monkeypatch.setattr(multiprocessing.context.ForkProcess, "start", start)
    assert list(share(square, range(20), 4, 3)) == [number * number for number in range(20)]


def test_where_a_worker_can_start_no_thread_it_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(workers, "_follow_the_parent", fail)
    assert list(share(square, range(20), 2, 3)) == [number * number for number in range(20)]


def test_no_process_is_left() -> None:
    before = set(os.listdir("/proc/self/fd"))
    for _ in range(3):
        results = share(slow, range(40), 2, 1)
        next(results)
        results.close()  # type: ignore[attr-defined]
        list(share(square, range(40), 2, 3))
    assert multiprocessing.active_children() == []
    # Descriptors of earlier tests may be closed meanwhile, when their objects are collected.
    assert set(os.listdir("/proc/self/fd")) <= before
