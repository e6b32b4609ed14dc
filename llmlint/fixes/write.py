"""Writing a mended file so that it is never half written, and showing what would be written."""

from __future__ import annotations

import contextlib
import difflib
import os
import stat
import tempfile
from pathlib import Path


class WriteError(Exception):
    """Why a file was not written: one line, without the path. The file is as it was."""


def replace_file(path: str, data: bytes, expected: bytes) -> None:
    """Replaces the content of a file in one step, if it is still `expected`.

    The new content is written to a file beside it, which then takes its name: a reader sees the old content or the new. Mode bits
    are kept, and the owner where the system lets us. A symbolic link stays one: its target is replaced. A further hard link keeps
    the old content. Raises WriteError, and then leaves the file as it was and nothing beside it.
    """
    try:
        target = os.path.realpath(path, strict=True)
        _replace(target, data, expected)
    except OSError as error:
        raise WriteError(f"cannot be written: {error.strerror or error}") from error


def _replace(target: str, data: bytes, expected: bytes) -> None:
    _check_unchanged(target, expected)
    handle, temporary = tempfile.mkstemp(prefix=".llmlint-", suffix=".tmp", dir=os.path.dirname(target))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            _copy_owner_and_mode(target, temporary)
            os.fsync(file.fileno())
        # Once more: writing takes time, in which an editor may have saved the file.
        _check_unchanged(target, expected)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    _sync_directory(os.path.dirname(target))


def _check_unchanged(target: str, expected: bytes) -> None:
    if not stat.S_ISREG(os.stat(target).st_mode):
        raise WriteError("cannot be written: it is not a regular file")
    # Opened for writing too, as replacing a file needs no right to write it: one that is read-only is meant to stay as it is.
    with Path(target).open("r+b") as file:
        if file.read() != expected:
            raise WriteError("was changed by another program in the meantime, and is left as it is")


def _copy_owner_and_mode(source: str, copy: str) -> None:
    status = os.stat(source)
    if hasattr(os, "chown"):
        # Only a privileged user may give files away; a group that we are in can be set alone. Some file systems know neither.
        for owner, group in ((status.st_uid, -1), (-1, status.st_gid)):
            with contextlib.suppress(OSError):
                os.chown(copy, owner, group)
    # After the owner: changing that clears the set-user-id bits.
    if stat.S_IMODE(os.stat(copy).st_mode) != stat.S_IMODE(status.st_mode):
        os.chmod(copy, stat.S_IMODE(status.st_mode))


def _sync_directory(directory: str) -> None:
    """Makes the new name survive a power cut, where the system can open directories. The file itself is safe without."""
    with contextlib.suppress(OSError):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def unified_diff(path: str, old: str, new: str) -> str:
    """The change as `ruff --diff` prints it, ready for `patch -p0`; empty where nothing changes.

    Lines keep their endings; a lone `\\r` ends none, as in patch. A last line without one is followed by the usual mark.
    """
    if old == new:
        return ""
    lines = difflib.unified_diff(_lines(old), _lines(new), path, path)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    *whole, last = text.split("\n")
    return [f"{line}\n" for line in whole] + ([last] if last else [])
