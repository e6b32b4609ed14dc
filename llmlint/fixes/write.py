"""Writing fixed files so that none is ever half written, and files that belong together change together or not at all."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import tempfile
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class WriteError(Exception):
    """Why files were not written: one line about the file `path`, without the path. Every file is as it was."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True, slots=True)
class Replacement:
    """New content for a file that holds `expected`: None for one that is not there yet."""

    path: str
    data: bytes
    expected: bytes | None


@dataclass(slots=True)
class _Staged:
    """A replacement of which all is done but the renaming: `new` lies beside the file `target`, and `old` keeps what it replaces."""

    each: Replacement
    target: str = ""
    temporaries: list[str] = field(default_factory=list)

    @property
    def new(self) -> str:
        return self.temporaries[0]

    @property
    def old(self) -> str:
        return self.temporaries[1]


def replace_files(replacements: Sequence[Replacement]) -> None:
    """Replaces the content of files, if each is still as expected, and creates files: all, or none.

    The new contents are written to files beside the old ones, which take their names once all are written: a reader sees the old
    content of a file or the new. If one cannot be renamed, those before it are put back. Mode bits and extended attributes are
    kept, and the owner where the system lets us. A symbolic link stays one: its target is replaced. A further hard link keeps the
    old content. Raises WriteError, and then leaves every file as it was and nothing beside it.

    A process that is killed between two renames leaves some files new and others old, each of them whole, and may leave
    temporary files: see `remove_leftovers`.
    """
    staged = [_Staged(each) for each in replacements]
    try:
        for one in staged:
            with _errors_of(one.each.path):
                _stage(one, keep_old=len(staged) > 1)
        for one in staged:
            # Once more: writing takes time, in which an editor may have saved the file.
            with _errors_of(one.each.path):
                _check_unchanged(one)
        _rename(staged)
    finally:
        for temporary in (temporary for one in staged for temporary in one.temporaries):
            with contextlib.suppress(OSError):
                os.unlink(temporary)
    for folder in {os.path.dirname(one.target) for one in staged}:
        _sync_directory(folder)


@contextlib.contextmanager
def _errors_of(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WriteError(path, f"cannot be written: {error.strerror or error}") from error


def _stage(one: _Staged, keep_old: bool) -> None:
    if one.each.expected is None:
        folder, name = os.path.split(one.each.path)
        one.target = os.path.join(os.path.realpath(folder, strict=True), name)
        _check_unchanged(one)
        _write_beside(one, one.each.data)
        return
    one.target = os.path.realpath(one.each.path, strict=True)
    _check_unchanged(one)
    _write_beside(one, one.each.data)
    if not keep_old:
        return
    try:
        # Another name of the old file: to put it back later takes neither room nor rights that we might lack by then.
        name = _temporary_name(one)
        os.link(one.target, name)
        one.temporaries.append(name)
    except OSError:
        # Not every file system has hard links.
        _write_beside(one, one.each.expected)


def _temporary_name(one: _Staged) -> str:
    handle, name = _open_beside(one)
    os.close(handle)
    os.unlink(name)
    return name


def _open_beside(one: _Staged) -> tuple[int, str]:
    return tempfile.mkstemp(prefix=f".llmlint-{os.getpid()}-", suffix=".tmp", dir=os.path.dirname(one.target))


def _write_beside(one: _Staged, data: bytes) -> None:
    handle, name = _open_beside(one)
    one.temporaries.append(name)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        if one.each.expected is None:
            os.chmod(name, 0o666 & ~_umask())
        else:
            _copy_attributes(one.target, name)
        os.fsync(file.fileno())


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _check_unchanged(one: _Staged) -> None:
    if one.each.expected is None:
        if os.path.lexists(one.target):
            raise WriteError(one.each.path, "was created by another program in the meantime, and is left as it is")
        return
    if not stat.S_ISREG(os.stat(one.target).st_mode):
        raise WriteError(one.each.path, "cannot be written: it is not a regular file")
    # Opened for writing too, as replacing a file needs no right to write it: one that is read-only is meant to stay as it is.
    with open(one.target, "r+b") as file:
        if file.read() != one.each.expected:
            raise WriteError(one.each.path, "was changed by another program in the meantime, and is left as it is")


def _rename(staged: Sequence[_Staged]) -> None:
    """The step from old to new, as short as can be."""
    done: list[_Staged] = []
    try:
        for one in staged:
            with _errors_of(one.each.path):
                _take_name(one)
            done.append(one)
    except BaseException:
        for one in reversed(done):
            with _errors_of(one.each.path):
                if one.each.expected is None:
                    os.unlink(one.target)
                else:
                    os.replace(one.old, one.target)
        raise


def _take_name(one: _Staged) -> None:
    if one.each.expected is None:
        with contextlib.suppress(OSError):
            # In contrast to a renaming, this never replaces a file that has come since. Not every file system has hard links.
            os.link(one.new, one.target)
            return
        _check_unchanged(one)
    os.replace(one.new, one.target)


def _copy_attributes(source: str, copy: str) -> None:
    """The owner, where that is permitted, the mode bits and the extended attributes, such as access control lists."""
    status = os.stat(source)
    if hasattr(os, "chown"):
        # Only a privileged user may give files away; a group that we are in can be set alone. Some file systems know neither.
        for owner, group in ((status.st_uid, -1), (-1, status.st_gid)):
            with contextlib.suppress(OSError):
                os.chown(copy, owner, group)
    # After the owner: changing that clears the set-user-id bits.
    if stat.S_IMODE(os.stat(copy).st_mode) != stat.S_IMODE(status.st_mode):
        os.chmod(copy, stat.S_IMODE(status.st_mode))
    if hasattr(os, "listxattr"):
        with contextlib.suppress(OSError):
            for name in os.listxattr(source):
                with contextlib.suppress(OSError):
                    os.setxattr(copy, name, os.getxattr(source, name))


def _sync_directory(directory: str) -> None:
    """Makes the new name survive a power cut, where the system can open directories. The file itself is safe without."""
    with contextlib.suppress(OSError):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def held_signals() -> Iterator[Callable[[], bool]]:
    """Holds back the signals that ask a program to stop (Ctrl-C, `kill`, a closed terminal) until the block ends.

    Gives a function that says whether one has come, so that the block can stop where it is safe. Outside of the main thread signals
    do not arrive, and nothing is held back.
    """
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    usual = {}
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # A signal that is ignored, as SIGHUP under nohup, stays so.
        if number is not None and signal.getsignal(number) not in (None, signal.SIG_IGN):
            usual[number] = signal.signal(number, lambda number, _: came.append(number))
    try:
        yield lambda: bool(came)
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])
