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


def is_below(program: Program, package: str, version: tuple[int, int]) -> bool:
    """Whether the project asks for a version of `package` older than `version` (major, minor): `==1.30.1`, `<1.50`, `~=1.30.0`, `^0.21`.

    Only files at the root of the program are read. False where nothing is said.
    """
    return _BELOW.get(
        program, (package, version), lambda: any(_is_older(text, package, version) for text in _declarations(program))
    )


def _declarations(program: Program) -> Iterator[str]:
    for folder in _FOLDERS:
        path = os.path.join(program.root, folder)
        for name in program.disk.names(path):
            if (not folder and name in _FILES) or re.fullmatch(r"requirements.*\.(?:txt|in)" if not folder else r".*\.txt", name):
                data = program.disk.read(os.path.join(path, name), _MOST_BYTES)
                if data is not None:
                    yield data.decode(errors="replace")


def _is_older(text: str, package: str, version: tuple[int, int]) -> bool:
    """Whether a requirement in a text leaves only older versions."""
    line = re.compile(
        rf"(?<![\w./-]){re.escape(package)}(?:\[[^\]]*\])?[\"']?\s*(?:=\s*[\"'])?\s*(?P<limits>(?:[<>=~!^]=?=?\s*\d[\w.*]*\s*,?\s*)+)"
    )
    for found in line.finditer(text):
        for sign, major, minor, patch in re.findall(r"([<>=~!^]=?=?)\s*(\d+)(?:\.(\d+))?(\.\d+)?", found["limits"]):
            limit = (int(major), int(minor or 0))
            if sign == "~=" and patch:
                limit, sign = (limit[0], limit[1] + 1), "<"
            elif sign == "^":  # Poetry: up to the next version whose first part that is not zero is another one
                limit, sign = (limit[0] + 1, 0) if limit[0] else (0, limit[1] + 1), "<"
            elif sign == "~":
                limit, sign = (limit[0], limit[1] + 1) if minor else (limit[0] + 1, 0), "<"
            if (sign == "<" and limit <= version) or (sign in ("==", "<=") and minor and limit < version):
                return True
    return False
