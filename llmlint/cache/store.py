"""The cache on the disk: a folder with a few JSON files, any of which may be missing, torn or forged at any time.

Nothing here raises for what is wrong with the disk: what cannot be read is not there, and what cannot be written is not written. A file
is replaced as a whole, so that runs side by side and runs that are killed leave whole files. JSON, as the folder may have come with a
repository: reading it must never run anything, and nothing in it may lead what is written anywhere else. So no link in it is followed, every
file is created anew under a name of its own and then renamed, and a folder that llmlint has not made is left alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import Any

from llmlint import __version__
from llmlint.files.regular import read_start

MOST_RUNS = 32
MOST_BYTES = 64_000_000
"""How many runs are remembered, and how large all files together may be; beyond that the oldest go."""

_TAG_NAME, _IGNORE_NAME = "CACHEDIR.TAG", ".gitignore"
_IGNORE = "*\n"
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# This folder holds the cache of llmlint. It can be deleted at any time.\n"
_STALE_SECONDS = 3600

_TEMPORARY = re.compile(r"(?:(?:(?:run|parts)-\w+|files)\.json|CACHEDIR\.TAG|\.gitignore)\.\d+\.\d+\.tmp")
_OURS = re.compile(rf"(?:(?:run|parts)-\w+|files)\.json|\.gitignore|{_TEMPORARY.pattern}")
"""The names of what runs that are at work or were killed leave, and of all that is ours but for the tag."""

# What reads source or counts tokens beside llmlint itself.
_PACKAGES = ("libcst", "yaml", "yaml_ft", "ctok", "tiktoken")


class Cache:
    """The cache in one folder, which need not exist yet."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def read(self, name: str) -> Any:
        """What was written under a name; None where there is nothing, or nothing that can be trusted to be whole."""
        try:
            data = read_start(self._path(name), MOST_BYTES + 1, follows_link=False)
        except (OSError, ValueError):
            return None
        digest, _, body = data.partition(b"\n")
        if len(data) > MOST_BYTES or digest != _digest(body):
            return None
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            return None

    def write(self, name: str, document: object) -> None:
        """Put a document under a name, if the disk lets us."""
        body = json.dumps(document, separators=(",", ":")).encode()
        if len(body) + 100 > MOST_BYTES:
            return
        with contextlib.suppress(OSError, ValueError):
            if self._make():
                _put(self._path(name), _digest(body) + b"\n" + body)
                self._trim()

    def _path(self, name: str) -> str:
        return os.path.join(self.folder, f"{name}.json")

    def _make(self) -> bool:
        """Make the folder if it is not there; whether it is ours to write to: one that we have made, or that is empty."""
        os.makedirs(self.folder, exist_ok=True)
        if not is_cache(self.folder):
            if not all(_TEMPORARY.fullmatch(name) for name in os.listdir(self.folder)):
                return False
            _put(os.path.join(self.folder, _TAG_NAME), _TAG.encode())
        ignore = os.path.join(self.folder, _IGNORE_NAME)
        if not os.path.lexists(ignore):
            _put(ignore, _IGNORE.encode())
        return True

    def _trim(self) -> None:
        """Remove the oldest runs beyond what is kept, and what killed runs left behind; never a file that is not ours."""
        kept: list[tuple[float, int, str]] = []
        for entry in os.scandir(self.folder):
            if not entry.name.startswith(("run-", "parts-", "files.")) or not entry.is_file(follow_symlinks=False):
                continue
            status = entry.stat(follow_symlinks=False)
            if entry.name.endswith(".json"):
                kept.append((status.st_mtime, status.st_size, entry.path))
            elif entry.name.endswith(".tmp") and status.st_mtime < time.time() - _STALE_SECONDS:
                _remove(entry.path)
        kept.sort(reverse=True)
        total = 0
        numbers: dict[str, int] = {}
        for _, size, path in kept:
            kind = os.path.basename(path).partition("-")[0]
            number = numbers[kind] = numbers.get(kind, 0) + 1
            total += size
            if number > MOST_RUNS or total > MOST_BYTES:
                _remove(path)


def _put(path: str, data: bytes) -> None:
    """Create or replace a file as a whole. What stands at the path is replaced itself, and not what it may lead to. Raises OSError."""
    # Not `tempfile`, whose import takes longer than all else here.
    temporary = f"{path}.{os.getpid()}.{time.time_ns()}.tmp"
    try:
        # Only ever created: this fails where something has that name, if only a link to nowhere.
        with open(temporary, "xb") as file:
            file.write(data)
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()


def is_cache(folder: str) -> bool:
    """Whether a folder holds a cache that llmlint has made."""
    try:
        return read_start(os.path.join(folder, _TAG_NAME), len(_TAG) + 1, follows_link=False) == _TAG.encode()
    except (OSError, ValueError):
        return False


def remove_cache(folder: str) -> bool:
    """Remove a cache, if it is one: the files that llmlint makes, and the folder where it holds nothing else. Whether the folder is gone."""
    if os.path.islink(folder):
        return False
    if is_cache(folder):
        for entry in os.scandir(folder):
            if _OURS.fullmatch(entry.name) and (entry.is_symlink() or entry.is_file(follow_symlinks=False)):
                _remove(entry.path)
        # Last, so that what is removed half can be removed again.
        _remove(os.path.join(folder, _TAG_NAME))
    with contextlib.suppress(OSError):
        os.rmdir(folder)
    return not os.path.lexists(folder)


def digest_of(parts: Iterable[object]) -> str:
    """One name for a sequence of values, which JSON can hold."""
    return _digest(json.dumps(list(parts), separators=(",", ":"), sort_keys=True).encode()).decode()[:40]


def environment() -> list[object]:
    """What decides about findings besides files and settings: the code of llmlint, Python, and the packages that are used if they are there."""
    user = os.geteuid() if hasattr(os, "geteuid") else None
    tables = os.environ.get("TIKTOKEN_CACHE_DIR") or os.environ.get("DATA_GYM_CACHE_DIR")
    return [__version__, sys.version, sys.platform, user, tables, *_code(), *map(_package, _PACKAGES)]


def _code() -> Iterator[object]:
    """The files of llmlint itself: its version alone would not do for those who work on it."""
    pending = [os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.is_dir():
                    if entry.name != "__pycache__":
                        pending.append(entry.path)
                else:
                    status = entry.stat()
                    yield [entry.path, status.st_size, status.st_mtime_ns]


def _package(name: str) -> object:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return None
    with contextlib.suppress(OSError):
        return [spec.origin, os.stat(spec.origin).st_mtime_ns]
    return spec.origin
