"""Whether a file is a test, by its path and the words in it: a first look, for files that are not read as code (`tests.is_test_file` is exact)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_ARE_TESTS = re.compile(r"(?:^|/)(?:tests|unit_?tests|integration_tests)/|(?:^|/)conftest\.py$")
_MAY_BE_TEST = re.compile(r"(?:^|/)test_[^/]*\.py$")

WORDS_OF_TESTS = (b"def test_", b"class Test", b"pytest", b"unittest", b"import mock", b"import nose", b"from nose")


def may_be_test(path: str) -> bool:
    """Whether a file may be a test by its path below the root of the project."""
    return _ARE_TESTS.search(path) is not None or _MAY_BE_TEST.search(path) is not None


def is_test(path: str, words_held: Callable[[Iterable[bytes]], Iterable[bytes]]) -> bool:
    """Whether a file is a test; of one that is called test_*.py, the words say so that it holds: programs have such names, too."""
    return _ARE_TESTS.search(path) is not None or (_MAY_BE_TEST.search(path) is not None and any(words_held(WORDS_OF_TESTS)))
