"""Configuration files that make their folder a project of its own, wherever it lies: `root = true`."""

from __future__ import annotations

import os
import re

from llmlint.config.settings import CONFIG_NAMES
from llmlint.files.regular import read_start

_MOST_BYTES = 1_000_000
_SETTING = re.compile(rb"^[ \t]*root[ \t]*=[ \t]*true\b", re.MULTILINE)
_TABLE = re.compile(rb"^[ \t]*\[", re.MULTILINE)
_OURS = re.compile(rb"^[ \t]*\[[ \t]*tool\.llmlint[ \t]*\]", re.MULTILINE)


def is_declared_root(folder: str) -> bool:
    """Whether a configuration file of a folder says that it is the root of a project."""
    return any(_declares(folder, name) for name in CONFIG_NAMES)


def _declares(folder: str, name: str) -> bool:
    path = os.path.join(folder, name)
    if not os.path.isfile(path):
        return False
    try:
        data = read_start(path, _MOST_BYTES)
    except (OSError, ValueError):
        return False
    if name == "pyproject.toml":
        found = _OURS.search(data)
        if found is None:
            return False
        data = data[found.end() :]
    following = _TABLE.search(data)
    return _SETTING.search(data, 0, following.start() if following else len(data)) is not None
