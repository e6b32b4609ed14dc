"""Which files lead to a file of a program: those that import it, themselves or through others."""

from __future__ import annotations

import os.path
from functools import partial

from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.link.program.tests import is_test_file

_MOST = 40
_LEADING: Memo[str, frozenset[str] | None] = Memo()


def leading_to(program: Program, path: str) -> frozenset[str] | None:
    """A file, and the files without tests that import it or import what does; None where these are many."""
    return _LEADING.get(program, path, partial(_find_leading_to, program, path))


def _find_leading_to(program: Program, path: str) -> frozenset[str] | None:
    found, ahead = {path}, [path]
    while ahead:
        here = ahead.pop()
        for other in sorted(_importing(program, here) - found):
            module = program.module(other)
            if module is not None and not is_test_file(program, module):
                found.add(other)
                ahead.append(other)
        if len(found) > _MOST:
            return None
    return frozenset(found)


def _importing(program: Program, path: str) -> set[str]:
    folder, file = os.path.split(path)
    # What a package's own file imports, others have by the name of the package.
    of_package = program.import_names_by_file(f"{folder}.py") if file == "__init__.py" and folder else {}
    return {*program.import_names_by_file(path), *of_package}
