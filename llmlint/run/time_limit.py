"""How long one file may take: the last resort, `--timeout-per-file`. What ends a file as a rule are steps, which are the same on every machine."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_seconds: float | None = None


class TimeUp(BaseException):
    """A file took longer than it may. No `Exception`, so that nothing takes it for a fault of its own."""


def set_time_limit(seconds: float | None) -> None:
    """From now on, for this process and those that are forked from it."""
    global _seconds
    _seconds = seconds


@contextmanager
def time_limit() -> Iterator[None]:
    """What is done in here raises `TimeUp` once it takes too long. Without an effect on Windows, and outside of the main thread."""
    if _seconds is None or not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        raise TimeUp

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, _seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def too_long() -> str:
    """What is said of a file that took too long."""
    return f"took longer than {_seconds:g} s (--timeout-per-file): not all of it was checked"
