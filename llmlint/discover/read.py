"""Reading files fast: a run over a large tree spends more time on opening files than on looking at them."""

from __future__ import annotations

import os

from llmlint.discover.walk import reason
from llmlint.findings import FileError

# Past this size (100 MB) a file is not read at all, whatever it is; what may be parsed is bounded more tightly by `decode`.
MAX_READ_BYTES = 100_000_000

_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0)
# Most Python files fit, and a buffer below 128 kB comes from the allocator's heap instead of a fresh mapping.
_FIRST = 1 << 16
_NEXT = 1 << 20


def read_bytes(path: str) -> bytes | FileError:
    """The bytes of a file, or why there are none."""
    try:
        data = read_start(path, MAX_READ_BYTES + 1)
    except (OSError, ValueError) as error:
        return FileError(path, reason(error))
    if len(data) > MAX_READ_BYTES:
        return FileError(path, f"larger than {MAX_READ_BYTES // 1_000_000} MB")
    return data


def read_start(path: str, most: int) -> bytes:
    """The first `most` bytes of a file. Raises OSError, and ValueError for what can be no path.

    `os.read` without a file object takes two thirds of the time of `open`.
    """
    descriptor = os.open(path, _FLAGS)
    try:
        data = os.read(descriptor, min(_FIRST, most))
        # A pipe may give its data in pieces; a file that gave less has none left, which costs one cheap call to learn.
        rest = os.read(descriptor, _FIRST if len(data) < _FIRST else _NEXT)
        if not rest:
            return data
        blocks = [data]
        size = len(data)
        while rest and size < most:
            blocks.append(rest)
            size += len(rest)
            rest = os.read(descriptor, _NEXT)
        return b"".join(blocks)[:most]
    finally:
        os.close(descriptor)
