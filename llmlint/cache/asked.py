"""What a run rests on: its files as they are on the disk, and the questions that it asked of the disk besides."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Sequence
from typing import Any

from llmlint.discover.read import read_bytes
from llmlint.findings import FileError
from llmlint.link.program.disk import Disk

REST_SECONDS, COARSE_REST_SECONDS = 0.1, 2.0
"""For how long a file must have been left alone before a run for its stamp to count: well over a tick of the clock of its file system, which
is 10 ms at most, but for those that count in seconds (FAT: in two)."""

Stamp = list[int]
"""Size, times of change of content and of status (ns), inode."""


def stamp_of(path: str) -> Stamp | None:
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def content_of(path: str) -> str | None:
    """The name of a file's content; None where it cannot be read."""
    data = read_bytes(path)
    return None if isinstance(data, FileError) else hashlib.sha256(data).hexdigest()


def _is_old(stamp: Stamp, now: int) -> bool:
    _, modified, changed, _ = stamp
    rest = COARSE_REST_SECONDS if modified % 1_000_000_000 == 0 else REST_SECONDS
    return max(modified, changed) < now - rest * 1e9


class Files:
    """The files of a run as they were before it.

    `table` has what the cache knows of files: rows of stamp, content, and whether the file holds no call.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = paths
        self.started = time.time_ns()
        self.stamps = {path: stamp_of(path) for path in paths}
        self.table: dict[str, list[Any]] = {}
        self._contents: dict[str, str | None] = {}

    def stamp_digest(self) -> str:
        return _digest(f"{path}\0{stamp}" for path, stamp in self.stamps.items())

    def content_digest(self) -> str:
        return _digest(f"{path}\0{self.content(path)}" for path in self.paths)

    def content(self, path: str) -> str | None:
        """The name of a file's content, from the table where that has its stamp."""
        if path not in self._contents:
            row = self.table.get(path)
            is_known = row is not None and row[0] is not None and row[0] == self.stamps[path]
            self._contents[path] = row[1] if row is not None and is_known else content_of(path)
        return self._contents[path]

    def without_call(self) -> frozenset[str]:
        """The files of which the table says that they hold no call: those with the stamp or the content that it knows."""
        return frozenset(path for path in self.paths if self._is_known(path) and self.table[path][2] is True)

    def _is_known(self, path: str) -> bool:
        row = self.table.get(path)
        if row is None or self.stamps[path] is None:
            return False
        return bool(row[0] == self.stamps[path] or (row[1] is not None and row[1] == self._contents.get(path)))

    def resting(self) -> set[str]:
        """The files that are as they were before the run, and had been for a while: what is known of their content holds for their stamp."""
        for path in self.paths:
            self.content(path)
        return {
            path
            for path, stamp in self.stamps.items()
            if stamp is not None and self.content(path) is not None and _is_old(stamp, self.started) and stamp_of(path) == stamp
        }


def _digest(rows: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(rows).encode("utf-8", "surrogateescape")).hexdigest()


class RecordingDisk(Disk):
    """The disk, with a record of all questions and answers, and of the stamps of what was read besides the files of the run."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._is_file: dict[str, bool] = {}
        self._exists: dict[str, bool] = {}
        self._names: dict[str, list[str]] = {}
        self._is_inside: dict[tuple[str, str], bool] = {}
        self._read: dict[str, Stamp | None] = {}

    def is_file(self, path: str) -> bool:
        if path not in self._is_file:
            self._is_file[path] = super().is_file(path)
        return self._is_file[path]

    def exists(self, path: str) -> bool:
        if path not in self._exists:
            self._exists[path] = super().exists(path)
        return self._exists[path]

    def names(self, path: str) -> list[str]:
        if path not in self._names:
            self._names[path] = super().names(path)
        return self._names[path]

    def is_inside(self, path: str, root: str) -> bool:
        # What no link leads to needs no record: its stamp says as much.
        if self._enclosure(root).is_plain(path):
            return True
        key = path, root
        if key not in self._is_inside:
            self._is_inside[key] = super().is_inside(path, root)
        return self._is_inside[key]

    def read(self, path: str, most: int) -> bytes | None:
        if path not in self._files.stamps and path not in self._read:
            self._read[path] = stamp_of(path)
        return super().read(path, most)

    def answers(self) -> tuple[dict[Any, Any], ...]:
        return self._is_file, self._exists, self._names, self._is_inside, self._read

    def learn(self, answers: object) -> None:
        assert isinstance(answers, tuple)
        for own, other in zip(self.answers(), answers, strict=True):
            # What was asked first was nearest to the start of the run.
            own.update({key: answer for key, answer in other.items() if key not in own})

    def record(self) -> dict[str, Any] | None:
        """All answers, as `still_holds` takes them, but for the content of the files that the run looked at anyway.

        None where some do not hold any more, or may not: where a file that was read has changed since, or just before.
        """
        contents = {path: None if stamp is None else content_of(path) for path, stamp in self._read.items()}
        if any(
            stamp_of(path) != stamp or not (stamp is None or _is_old(stamp, self._files.started))
            for path, stamp in self._read.items()
        ):
            return None
        absent = [path for answers in (self._is_file, self._exists) for path, answer in answers.items() if not answer]
        tops = _Tops()
        asked = {
            "files": sorted(path for path, answer in self._is_file.items() if answer),
            "absent": sorted({tops.absent(path) for path in absent if not os.path.exists(path)}),
            "no files": sorted(path for path, answer in self._is_file.items() if not answer and os.path.exists(path)),
            "existing": sorted(path for path, answer in self._exists.items() if answer),
            "names": self._names,
            "inside": [[path, root, answer] for (path, root), answer in self._is_inside.items()],
            "read": contents,
        }
        has_come = any(os.path.exists(path) for path, answer in self._exists.items() if not answer)
        return asked if still_holds(asked) and not has_come else None


class _Tops:
    """Finds what is to be looked at to know that a path does not exist: the topmost folder on the way to it that does not."""

    def __init__(self) -> None:
        self._exists: dict[str, bool] = {}

    def absent(self, path: str) -> str:
        parent = os.path.dirname(path)
        while parent != os.path.dirname(parent) and not self._is_there(parent):
            path, parent = parent, os.path.dirname(parent)
        return path

    def _is_there(self, path: str) -> bool:
        if path not in self._exists:
            self._exists[path] = os.path.exists(path)
        return self._exists[path]


def together(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """All that two records say, which hold at the same time."""
    lists = {key: sorted({*one[key], *other[key]}) for key in ("files", "absent", "no files", "existing")}
    inside = [*one["inside"], *(each for each in other["inside"] if each not in one["inside"])]
    return {**lists, "names": {**one["names"], **other["names"]}, "inside": inside, "read": {**one["read"], **other["read"]}}


def still_holds(asked: dict[str, Any]) -> bool:
    """Whether the disk still gives the answers of a record."""
    disk = Disk()
    return (
        all(map(os.path.isfile, asked["files"]))
        and not any(map(os.path.exists, asked["absent"]))
        and not any(map(os.path.isfile, asked["no files"]))
        and all(map(os.path.exists, asked["existing"]))
        and all(disk.names(path) == names for path, names in asked["names"].items())
        and all(disk.is_inside(path, root) is answer for path, root, answer in asked["inside"])
        and all(content_of(path) == content for path, content in asked["read"].items())
    )
