"""Data classes that are quick to make."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any


def dataclass(*, frozen: bool, eq: bool = True, **options: Any) -> Callable[[type], type]:
    """`dataclasses.dataclass` for classes that the type checker holds to be frozen, and that are not at run time.

    Making an object of a frozen class takes three times as long, and a file's facts and the values in it are tens of thousands of objects.
    """
    return dataclasses.dataclass(frozen=False, eq=eq, unsafe_hash=frozen and eq, **options)
