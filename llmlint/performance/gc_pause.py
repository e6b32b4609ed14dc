"""When cyclic garbage is searched for."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collection() -> Iterator[None]:
    """Pause the search for cyclic garbage.

    Trees, facts and values are many small objects that stay and no cycles: searching them again and again while they grow takes
    more than half of the time of a large run, and frees nothing.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


_MOST_OBJECTS = 500_000


def collect_if_many() -> None:
    """Search what has come since `collect_all`, once that is much."""
    if gc.get_count()[0] > _MOST_OBJECTS:
        gc.collect()


def collect_all() -> None:
    """Search all objects. What is left is not searched again before the next call: a project in memory takes a tenth of a second."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
