"""Sleep without waiting: a program that sleeps moves the clock of its account on the metered API instead."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from typing import Any

_SHORT = 0.1
"""Up to this many seconds a sleep is a real one: it is there for the order of threads and tasks."""
_PAUSE = 0.002


def install(clock_url: str | None) -> None:
    """Replace `time.sleep` and `asyncio.sleep` in this process, before the program is imported."""
    sleep, async_sleep = time.sleep, asyncio.sleep

    def advance(seconds: float) -> None:
        if clock_url is not None:
            body = b'{"seconds": %f}' % seconds
            with urllib.request.urlopen(urllib.request.Request(clock_url, body), timeout=10):
                pass

    def sleep_fast(seconds: Any, /) -> None:
        if seconds > _SHORT:
            advance(seconds)
            seconds = _PAUSE
        sleep(seconds)

    async def async_sleep_fast(delay: float, result: Any = None) -> Any:
        if delay > _SHORT:
            advance(delay)
            delay = _PAUSE
        return await async_sleep(delay, result)

    time.sleep = sleep_fast
    asyncio.sleep = async_sleep_fast
