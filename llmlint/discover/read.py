"""Reading files fast: a run over a large tree spends more time on opening files than on looking at them."""

from __future__ import annotations

from llmlint.discover.walk import reason
from llmlint.files.regular import read_start
from llmlint.findings import FileError

# Past this size (100 MB) a file is not read at all, whatever it is; what may be parsed is bounded more tightly by `decode`.
MAX_READ_BYTES = 100_000_000


def read_bytes(path: str) -> bytes | FileError:
    """The bytes of a file, or why there are none."""
    try:
        data = read_start(path, MAX_READ_BYTES + 1)
    except (OSError, ValueError) as error:
        return FileError(path, reason(error))
    if len(data) > MAX_READ_BYTES:
        return FileError(path, f"larger than {MAX_READ_BYTES // 1_000_000} MB")
    return data
