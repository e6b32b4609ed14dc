"""Where the further files of a program are: on the disk, or among files that were given.

Linking reads files only through one of these, so that it can run where there is no file system, and so that a cache can know what a
result rests on. Paths are absolute here (as `absolute` makes them), unless it says otherwise.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping

from llmlint.discover.read import MAX_READ_BYTES
from llmlint.files.regular import Enclosure, read_start

_CACHE = ".llmlint_cache"


class Disk:
    """The files of this machine, relative to the working directory.

    `shows_absolute`: whether files outside of the working directory are named absolutely. `given` are the bytes of files that are to be
    taken in place of what the disk holds, by absolute path.
    """

    shows_absolute = False
    given: Mapping[str, bytes] = {}

    _enclosed: tuple[str, Enclosure] | None = None

    def absolute(self, path: str) -> str:
        return os.path.abspath(path)

    def shown(self, path: str) -> str:
        """An absolute path as the user would name it: relative to the working directory where it lies below it, with `/`."""
        shown = os.path.relpath(path).replace(os.sep, "/")
        return path.replace(os.sep, "/") if self.shows_absolute and shown.startswith("../") else shown

    def is_file(self, path: str) -> bool:
        return os.path.isfile(path) or path in self.given

    def exists(self, path: str) -> bool:
        return os.path.exists(path) or path in self.given

    def names(self, path: str) -> list[str]:
        """What lies in a folder but for llmlint's own cache, sorted; nothing where there is no such folder."""
        try:
            return sorted(name for name in os.listdir(path) if name != _CACHE)
        except OSError:
            return []

    def is_inside(self, path: str, root: str) -> bool:
        """Whether a path leads to something below `root` once all links are followed."""
        return self._enclosure(root).holds(path)

    def may_create(self, path: str, root: str, text: str) -> bool:
        """Whether a file may be created: below `root`, and where there is none, or one with the same text."""
        absolute = self.absolute(path)
        if not self.is_inside(absolute, self.absolute(root)):
            return False
        return not self.exists(absolute) or self.read(path, MAX_READ_BYTES) == text.encode()

    def _enclosure(self, root: str) -> Enclosure:
        if self._enclosed is None or self._enclosed[0] != root:
            self._enclosed = root, Enclosure(root)
        return self._enclosed[1]

    def read(self, path: str, most: int) -> bytes | None:
        """The first `most` bytes of a file, named absolutely or as the user would; None where it cannot be read."""
        if self.given and self.absolute(path) in self.given:
            return self.given[self.absolute(path)][:most]
        try:
            return read_start(path, most)
        except (OSError, ValueError):
            return None

    def answers(self) -> object:
        """What has been asked so far, where that is recorded: for `learn` of the same disk in another process."""
        return None

    def learn(self, answers: object) -> None:
        """Take what `answers` gave into the record."""


class GivenFiles(Disk):
    """Files that are there as bytes, by paths relative to `root` with `/`; nothing else exists. They make one project.

    `root` is where they are thought to lie: an absolute path with `/`. It is never shown: only its last part matters, a name under which the
    modules at the top may be imported.
    """

    def __init__(self, files: Mapping[str, bytes], root: str) -> None:
        self._root = root
        self._files = {self.absolute(path): data for path, data in files.items()}
        self._folders = {root}
        for path in self._files:
            folder = posixpath.dirname(path)
            while folder not in self._folders:
                self._folders.add(folder)
                folder = posixpath.dirname(folder)

    def absolute(self, path: str) -> str:
        return posixpath.normpath(posixpath.join(self._root, path.replace(os.sep, "/")))

    def shown(self, path: str) -> str:
        return posixpath.relpath(path, self._root)

    def is_file(self, path: str) -> bool:
        return self.absolute(path) in self._files

    def exists(self, path: str) -> bool:
        # A repository has this folder, even where a table of its files has not.
        return path == posixpath.join(self._root, ".git") or self.is_file(path) or self.absolute(path) in self._folders

    def names(self, path: str) -> list[str]:
        start = posixpath.join(self.absolute(path), "")
        return sorted({each[len(start) :].partition("/")[0] for each in self._files if each.startswith(start)})

    def is_inside(self, path: str, root: str) -> bool:
        return path.startswith(posixpath.join(root, ""))

    def read(self, path: str, most: int) -> bytes | None:
        data = self._files.get(self.absolute(path))
        return None if data is None else data[:most]
