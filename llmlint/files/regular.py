"""Opening files of a repository that nobody vouches for: a name may stand for a pipe, a device, or a link that leads elsewhere.

Everything that llmlint reads is opened here. What is no regular file is refused before anything is read from it: a named pipe would block for
ever, and a device may have no end.
"""

from __future__ import annotations

import errno
import os
import stat

# Opening a pipe must not wait for its other end, and opening a terminal must not make it ours. Windows has neither.
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
# Most Python files fit, and a buffer below 128 kB comes from the allocator's heap instead of a fresh mapping.
_FIRST = 1 << 16
_NEXT = 1 << 20


def read_start(path: str, most: int, *, follows_link: bool = True) -> bytes:
    """The first `most` bytes of a regular file. Raises OSError, and ValueError for what can be no path.

    `os.read` without a file object takes two thirds of the time of `open`.
    """
    descriptor = os.open(path, _FLAGS if follows_link else _FLAGS | _NO_FOLLOW)
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            if stat.S_ISDIR(mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
            raise OSError(errno.EINVAL, "not a regular file", path)
        data = os.read(descriptor, min(_FIRST, most))
        # A file that gave less than was asked for has none left, which costs one cheap call to learn.
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


class Enclosure:
    """Which paths stay below a folder once all links are followed. Each folder on the way is looked at once."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._prefix = os.path.join(root, "")
        self._real_prefix = os.path.join(os.path.realpath(root), "")
        self._plain: dict[str, bool] = {root: True}

    def holds(self, path: str) -> bool:
        """Whether an absolute, normalised path leads to something below the folder, or to the folder itself."""
        return self.is_plain(path) or os.path.join(os.path.realpath(path), "").startswith(self._real_prefix)

    def is_plain(self, path: str) -> bool:
        """Whether a path lies below the folder, with no link on the way from there."""
        if path == self._root:
            return True
        if not path.startswith(self._prefix) or os.path.islink(path):
            return False
        # A loop and not a recursion: a path may have more folders than Python has frames.
        pending: list[str] = []
        folder = os.path.dirname(path)
        while folder not in self._plain:
            pending.append(folder)
            folder = os.path.dirname(folder)
        is_plain = self._plain[folder]
        for each in reversed(pending):
            is_plain = self._plain[each] = is_plain and not os.path.islink(each)
        return is_plain
