"""Work that several processes share, and that is done all the same where they cannot be started or are killed.

Each worker has a pipe of its own. A pool of the standard library has one queue for the results of all: a worker that is killed while it
holds the lock of that queue, or in the middle of a result, leaves everybody else waiting for ever.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from llmlint.sdks import describe, described

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from llmlint.sdks.shape import Described

Item = TypeVar("Item")
Result = TypeVar("Result")

_END = b""
"""What a worker is sent to end."""
_FAILED = b""
"""What a worker sends in place of results that it could not make or send."""


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share(function: Callable[[Item], Result], items: Sequence[Item], workers: int, chunk: int) -> Iterator[Result]:
    """`map(function, items)` by several processes, which are handed `chunk` items at a time.

    What no worker brings to an end is done here: where one is killed, where none can be started, and where `function` raises.
    """
    from multiprocessing.connection import wait

    chunks = [items[at : at + chunk] for at in range(0, len(items), chunk)]
    pending = iter(range(len(chunks)))
    done: dict[int, list[Result] | None] = {}
    busy: dict[Any, tuple[int, _Worker]] = {}
    idle = _start(function, min(workers, len(chunks)))
    try:
        for number in range(len(chunks)):
            while number not in done:
                while idle and (following := next(pending, None)) is not None:
                    worker = idle.pop()
                    worker.send(chunks[following])
                    busy[worker.connection] = following, worker
                if not busy:
                    next(pending, None)
                    done[number] = None
                for connection in wait(list(busy)) if busy else ():
                    at, worker = busy.pop(connection)
                    done[at] = worker.receive()
                    if worker.is_alive:
                        idle.append(worker)
            results = done.pop(number)
            yield from map(function, chunks[number]) if results is None else results
    finally:
        for _, worker in busy.values():
            worker.kill()
        for worker in idle:
            worker.end()


class _Worker:
    """One process, as its parent has it. `is_alive` is false once something has gone wrong with it."""

    def __init__(self, process: BaseProcess, connection: Connection) -> None:
        self._process = process
        self.connection = connection
        self.is_alive = True

    def send(self, items: Sequence[object]) -> None:
        # Where the process has gone, `receive` finds out.
        with contextlib.suppress(OSError):
            self.connection.send_bytes(pickle.dumps(items))

    def receive(self) -> list[Any] | None:
        """The results of the items that were sent; None where there are none."""
        try:
            data = self.connection.recv_bytes()
        except (EOFError, OSError):
            # Killed, most likely for its memory.
            self.kill()
            return None
        results: list[Any] | None = None if data == _FAILED else pickle.loads(data)
        return results

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.send_bytes(_END)
        self.connection.close()
        self._process.join()

    def kill(self) -> None:
        self.is_alive = False
        self.connection.close()
        self._process.kill()
        self._process.join()


def _start(function: Callable[[Any], object], count: int) -> list[_Worker]:
    """So many workers, or as many as the system lets us have."""
    import multiprocessing

    # Elsewhere, libraries of the system do not survive a fork.
    context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    started: list[_Worker] = []
    with contextlib.suppress(OSError):
        for _ in range(count):
            here, there = context.Pipe()
            # Closed here once the worker has it: then nothing but the worker holds it open, and its end is the end of the pipe.
            with there:
                process = context.Process(target=_work, args=(function, there, described()), daemon=True)
                try:
                    process.start()
                except OSError:
                    here.close()
                    raise
            started.append(_Worker(process, here))
    return started


def _work(function: Callable[[Any], object], connection: Connection, clients: Described) -> None:
    """What a worker does, until it is told to end."""
    try:
        describe(clients)  # A worker that was not forked has no registry yet.
        _follow_the_parent()
        while (data := connection.recv_bytes()) != _END:
            connection.send_bytes(_results(function, pickle.loads(data)))
    finally:
        # Nothing that the parent had in hand when it was forked is ours to end.
        os._exit(0)


def _results(function: Callable[[Any], object], items: Sequence[object]) -> bytes:
    try:
        return pickle.dumps(list(map(function, items)), pickle.HIGHEST_PROTOCOL)
    except Exception:
        return _FAILED


def _follow_the_parent() -> None:
    """Leave interrupts to the parent, and end with it, however it ends."""
    import signal
    import threading

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
