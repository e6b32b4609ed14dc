"""How long the lines of a project may be, as its formatter or linter is told."""

from __future__ import annotations

import posixpath
import re
import sys
from typing import Any

from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program

DEFAULT = 88
_MOST_BYTES = 1_000_000
_IN_TEXT = {
    ".editorconfig": re.compile(rb"^\s*max_line_length\s*=\s*(\d+)", re.MULTILINE),
    "setup.cfg": re.compile(rb"^\s*max[-_]line[-_]length\s*=\s*(\d+)", re.MULTILINE),
    "tox.ini": re.compile(rb"^\s*max[-_]line[-_]length\s*=\s*(\d+)", re.MULTILINE),
    ".flake8": re.compile(rb"^\s*max[-_]line[-_]length\s*=\s*(\d+)", re.MULTILINE),
}
_LENGTHS: Memo[str, int] = Memo()


def line_length(program: Program, path: str) -> int:
    """The limit for a file: of the nearest folder that says one, up to the root of the run."""
    folder = posixpath.dirname(program.disk.absolute(path).replace("\\", "/"))
    return _LENGTHS.get(program, folder, lambda: _of_folder(program, folder))


def _of_folder(program: Program, folder: str) -> int:
    root = program.root.replace("\\", "/")
    while True:
        found = _said_in(program, folder)
        if found is not None:
            return found
        above = posixpath.dirname(folder)
        if folder == root or above == folder or not folder.startswith(root):
            return DEFAULT
        folder = above


def _said_in(program: Program, folder: str) -> int | None:
    tables = [_toml(program, posixpath.join(folder, name)) for name in ("ruff.toml", ".ruff.toml")]
    tools = _toml(program, posixpath.join(folder, "pyproject.toml")).get("tool", {})
    tables += [tools.get(name, {}) for name in ("ruff", "black")] if isinstance(tools, dict) else []
    for table in tables:
        length = table.get("line-length") if isinstance(table, dict) else None
        if isinstance(length, int):
            return length
    for name, pattern in _IN_TEXT.items():
        match = pattern.search(_read(program, posixpath.join(folder, name)))
        if match is not None:
            return int(match[1])
    return None


def _toml(program: Program, path: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        document: dict[str, Any] = tomllib.loads(_read(program, path).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return {}
    return document


def _read(program: Program, path: str) -> bytes:
    return program.disk.read(path, _MOST_BYTES) or b"" if program.disk.is_file(path) else b""
