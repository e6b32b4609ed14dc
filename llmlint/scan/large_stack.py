"""Work that recurses in C, in a thread with a stack of its own: that of the process may be 1 MB, as on Windows."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

Result = TypeVar("Result")

# Address space: memory is used as far as the stack grows.
_SIZES = (512 << 20, 64 << 20)
# What Python's own parser and compiler take at the most, within the limits that they keep.
_ENOUGH = 8 << 20


def on_large_stack(work: Callable[[], Result]) -> Result:
    """What `work` returns or raises. Raises RecursionError where there is no room for such a stack."""
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append((work(), None))
        except BaseException as error:
            outcome.append((None, error))

    for size in _SIZES:
        before = threading.stack_size(size)
        try:
            thread = threading.Thread(target=run, daemon=True)
            thread.start()
        except RuntimeError:
            continue
        finally:
            threading.stack_size(before)
        thread.join()
        result, error = outcome[0]
        if error is not None:
            raise error
        return result  # type: ignore[no-any-return]
    raise RecursionError


@cache
def is_stack_small() -> bool:
    """Whether Python's own limits do not keep deep recursion within the stack of the process."""
    if sys.platform == "win32":
        return True
    import resource

    size = resource.getrlimit(resource.RLIMIT_STACK)[0]
    return size != resource.RLIM_INFINITY and size < _ENOUGH
