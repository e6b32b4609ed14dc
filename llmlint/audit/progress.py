"""What a long audit is doing, on a terminal."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType

_SECONDS = 0.25
_WIDEST = 60


class Progress:
    """A line on standard error that says what is done, how much of it, and for how long; nothing where that is no terminal."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()
        self._text = ""
        self._share: Callable[[], float] | None = None
        self._started = time.monotonic()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Progress:
        if self._is_shown:
            self._thread = threading.Thread(target=self._show, daemon=True)
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def say(self, text: str, share: Callable[[], float] | None = None) -> None:
        """What is done next. `share` gives how much of it is done, in percent; less than 0 where that is not known."""
        self._text, self._share = text if len(text) <= _WIDEST else f"…{text[-_WIDEST + 1 :]}", share

    def _show(self) -> None:
        while not self._ended.wait(_SECONDS):
            share = self._share() if self._share is not None else -1.0
            percent = f" {share:.0f} %" if share >= 0 else ""
            sys.stderr.write(f"\r\x1b[Kaudit: {self._text}{percent} ({time.monotonic() - self._started:.0f} s)")
            sys.stderr.flush()
