"""Which versions of a package a project says that it can be run with."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program

_FILES = ("pyproject.toml", "setup.cfg", "setup.py", "Pipfile", "environment.yml", "requirements.txt", "requirements.in")
_FOLDERS = ("", "requirements")
_MOST_BYTES = 200_000
_BELOW: Memo[tuple[str, tuple[int, int]], bool] = Memo()
_FROM: Memo[tuple[str, tuple[int, int], str], bool] = Memo()


def is_below(program: Program, package: str, version: tuple[int, int]) -> bool:
    """Whether the project asks for a version of `package` older than `version` (major, minor): `==1.30.1`, `<1.50`, `~=1.30.0`, `^0.21`.

    Only files at the root of the program are read. False where nothing is said.
    """
    return _BELOW.get(
        program,
        (package, version),
        lambda: any(_is_older(text, package, version) for text in _declarations(program, program.root)),
    )


def is_from(program: Program, package: str, version: tuple[int, int], path: str) -> bool:
    """Whether the project of a file asks for a version of `package` that is `version` (major, minor) or a later one: `>=1.3`, `==1.30.1`, `^1.0`.

    The nearest folder at or above the file that says something decides. False where nothing is said.
    """
    folder = os.path.dirname(program.disk.absolute(path))
    return _FROM.get(program, (package, version, folder), lambda: _is_from(program, package, version, folder))


def _is_from(program: Program, package: str, version: tuple[int, int], folder: str) -> bool:
    while True:
        limits = [limit for text in _declarations(program, folder) for limit in _limits(text, package)]
        if limits or folder == program.root or not folder.startswith(program.root):
            return any(
                sign in (">=", ">", "==", "===", "~=", "^", "~") and (major, int(minor or 0)) >= version
                for sign, major, minor, _ in limits
            )
        folder = os.path.dirname(folder)


def _declarations(program: Program, base: str) -> Iterator[str]:
    for folder in _FOLDERS:
        path = os.path.join(base, folder)
        for name in program.disk.names(path):
            if (not folder and name in _FILES) or re.fullmatch(r"requirements.*\.(?:txt|in)" if not folder else r".*\.txt", name):
                data = program.disk.read(os.path.join(path, name), _MOST_BYTES)
                if data is not None:
                    yield data.decode(errors="replace")


def _limits(text: str, package: str) -> Iterator[tuple[str, int, str, str]]:
    """The limits of requirements of a package in a text: sign, major, minor (empty if not given), whatever follows."""
    line = re.compile(
        rf"(?<![\w./-]){re.escape(package)}(?:\[[^\]]*\])?[\"']?\s*(?:=\s*[\"'])?\s*(?P<limits>(?:[<>=~!^]=?=?\s*\d[\w.*]*\s*,?\s*)+)"
    )
    for found in line.finditer(text):
        for sign, major, minor, patch in re.findall(r"([<>=~!^]=?=?)\s*(\d+)(?:\.(\d+))?(\.\d+)?", found["limits"]):
            yield sign, int(major), minor, patch


def _is_older(text: str, package: str, version: tuple[int, int]) -> bool:
    """Whether a requirement in a text leaves only older versions."""
    for sign, major, minor, patch in _limits(text, package):
        limit = (major, int(minor or 0))
        if sign == "~=" and patch:
            limit, sign = (limit[0], limit[1] + 1), "<"
        elif sign == "^":  # Poetry: up to the next version whose first part that is not zero is another one
            limit, sign = (limit[0] + 1, 0) if limit[0] else (0, limit[1] + 1), "<"
        elif sign == "~":
            limit, sign = (limit[0], limit[1] + 1) if minor else (limit[0] + 1, 0), "<"
        if (sign == "<" and limit <= version) or (sign in ("==", "<=") and minor and limit < version):
            return True
    return False
