"""The files that git reads by itself: a pipe or a device in place of one of them would make git wait, or read, for ever."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from itertools import chain

from llmlint.files.regular import read_start

_OF_WORK_TREES = frozenset({".git", ".gitattributes", ".gitignore", ".gitmodules"})
"""What git reads in every folder of a work tree."""
_LONGEST = 4096


def repository_around(folder: str) -> str | None:
    """The root of the git repository that a folder, named absolutely, lies in; None where there is none."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return folder


def endless_file(folder: str) -> str | None:
    """A pipe or device that git would open in the repository around a folder; None where there is none, or no repository."""
    root = repository_around(folder)
    if root is None:
        return None
    read = chain(_of_git(os.path.join(root, ".git")), _of_work_tree(root))
    return next(filter(_is_endless, read), None)


def _is_endless(path: str) -> bool:
    try:
        found = os.stat(path)
        # What reads as empty is a common way to say that there is nothing.
        is_null = found.st_rdev == os.stat(os.devnull).st_rdev
    except (AttributeError, OSError, ValueError):
        return False
    mode = found.st_mode
    return stat.S_ISFIFO(mode) or ((stat.S_ISCHR(mode) or stat.S_ISBLK(mode)) and not is_null)


def _of_work_tree(root: str) -> Iterator[str]:
    """The names in a work tree that git reads, with the folders of nested repositories. Links are not followed."""
    pending = [root]
    while pending:
        folder = pending.pop()
        for entry in _entries(folder):
            if entry.name == ".git" and folder != root:
                yield from _of_git(entry.path)
            elif entry.name in _OF_WORK_TREES:
                yield entry.path
            elif entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)


def _of_git(start: str) -> Iterator[str]:
    """All that is no regular file below a folder of git, and below those that it names; links are followed, as git follows them."""
    pending, seen = [start], set[str]()
    while pending:
        path = pending.pop()
        real = os.path.realpath(path)
        if real in seen:
            continue
        seen.add(real)
        yield path
        if os.path.isdir(path):
            entries = _entries(path)
            pending += [each.path for each in entries if each.name == "commondir" or not each.is_file(follow_symlinks=False)]
        else:
            # A linked work tree has a file `.git`, and `commondir` in the folder that it names.
            pending += _named_by(path)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        return sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return []


def _named_by(path: str) -> list[str]:
    """The folder that a file `.git` or `commondir` names."""
    try:
        text = os.fsdecode(read_start(path, _LONGEST))
    except (OSError, ValueError):
        return []
    target = text.removeprefix("gitdir:").strip()
    return [os.path.join(os.path.dirname(path), target)] if target and "\0" not in target else []
