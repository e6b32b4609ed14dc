"""From paths to facts: read, look at the bytes, decode, scan; in several processes where there is enough to do."""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmlint.discover.decode import DecodeError, load
from llmlint.discover.prefilter import may_hold_call
from llmlint.discover.read import read_bytes
from llmlint.findings import FileError
from llmlint.source import Source

if TYPE_CHECKING:
    from llmlint.scan.facts import ModuleFacts

ALONE_SECONDS = 0.3
"""For how long one process works alone before it shares what is left. Starting others takes about a tenth of this."""

CHUNK = 64
"""How many files a worker is handed at a time."""


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file that may hold a call: its bytes as they were read, its text, and its facts.

    `broken` says which cells of a notebook were left out, and why.
    """

    data: bytes
    source: Source
    facts: ModuleFacts
    broken: tuple[FileError, ...] = ()


Loaded = LoadedFile | FileError | None
"""What loading a file gives: None where its bytes show that it cannot hold a call."""


def load_file(path: str) -> Loaded:
    """Read a file, and scan it if it may hold a call."""
    data = read_bytes(path)
    if isinstance(data, FileError):
        return data
    return load_bytes(path, data) if may_hold_call(data) else None


def load_bytes(path: str, data: bytes) -> LoadedFile | FileError:
    """Decode and scan the bytes of a file, whatever they may hold."""
    from llmlint.scan.scan import ScanError, scan

    try:
        source = load(data, path)
        try:
            return LoadedFile(data, source, scan(source.text, path))
        except ScanError as error:
            return _load_sound_cells(data, source) if source.cells else FileError(path, str(error))
    except DecodeError as error:
        return FileError(path, str(error))
    except Exception as error:
        return internal_error(path, error)


def _load_sound_cells(data: bytes, source: Source) -> LoadedFile | FileError:
    """A notebook of which some cells are no Python: the others are looked at all the same."""
    from llmlint.discover.notebook import mask_broken_cells
    from llmlint.scan.scan import ScanError, scan

    reasons: list[str] = []

    def parses(code: str) -> bool:
        try:
            scan(code, source.path)
        except ScanError as error:
            reasons.append(str(error))
            return False
        return True

    source, cells = mask_broken_cells(source, parses)
    broken = [FileError(source.path, f"cell {cell + 1}: {reason}") for cell, reason in zip(cells, reasons, strict=True)]
    try:
        return LoadedFile(data, source, scan(source.text, source.path), tuple(broken))
    except ScanError as error:
        return FileError(source.path, str(error))


def internal_error(path: str, error: Exception) -> FileError:
    """The last resort: a fault of llmlint itself costs one file and not the run."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{os.path.basename(frame.filename)}:{frame.lineno}"
    said = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    return FileError(path, f"internal error, please report it: {said} ({where})")


def load_files(paths: Sequence[str]) -> list[Loaded]:
    """Load files, in the order of the paths."""
    loaded: list[Loaded] = []
    deadline = time.monotonic() + ALONE_SECONDS
    for path in paths:
        loaded.append(load_file(path))
        if time.monotonic() > deadline:
            rest = paths[len(loaded) :]
            workers = min(_processors(), -(-len(rest) // CHUNK))
            loaded += _load_shared(rest, workers) if workers > 1 else map(load_file, rest)
            break
    return loaded


def _processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _load_shared(paths: Sequence[str], workers: int) -> Iterator[Loaded]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    # A forked process needs no imports. Elsewhere than on Linux, libraries of the system do not survive a fork.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    chunks = [paths[start : start + CHUNK] for start in range(0, len(paths), CHUNK)]
    done = 0
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_leave_interrupts_to_the_parent)
    try:
        for part in pool.map(_load_chunk, chunks):
            done += 1
            yield from part
    except BrokenProcessPool:
        # A worker was killed, most likely for its memory: the rest is done here, one file at a time.
        yield from map(load_file, (path for chunk in chunks[done:] for path in chunk))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _load_chunk(paths: Iterable[str]) -> list[Loaded]:
    return [load_file(path) for path in paths]


def _leave_interrupts_to_the_parent() -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
