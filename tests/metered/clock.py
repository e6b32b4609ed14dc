"""Time that a test can move: cache entries age by it, and nothing else waits for it."""

from __future__ import annotations

import threading
import time


class Clock:
    """Seconds since it was made: real ones (unless it stands still), and those that somebody moved it by."""

    def __init__(self, *, stands_still: bool = False) -> None:
        self._stands_still = stands_still
        self._start = time.monotonic()
        self._moved = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        return self._moved + (0.0 if self._stands_still else time.monotonic() - self._start)

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._moved += seconds
