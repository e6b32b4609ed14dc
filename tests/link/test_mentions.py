"""Which words the files of a program hold, and how often its files are read for that."""

from __future__ import annotations

from collections import Counter

from llmlint.link.program.disk import GivenFiles
from llmlint.link.program.program import Program
from llmlint.scan.scan import scan
from llmlint.source import Source

FILES = {"main.py": b"x = 1\n", "a.py": b"y = 'red'\n", "b.py": b"z = 'blue'\n", "c.py": b"z = 'blue red'\n"}


class _Counting(GivenFiles):
    def __init__(self) -> None:
        super().__init__(FILES, "/shop")
        self.reads: Counter[str] = Counter()

    def read(self, path: str, most: int) -> bytes | None:
        self.reads[path] += 1
        return super().read(path, most)


def asked(*kinds: tuple[bytes, ...], before: tuple[bytes, ...] = ()) -> tuple[list[bool], Counter[str]]:
    """What a program without any cache of bytes says of lists of words, and which files it reads for them, after it was asked for one before."""
    disk = _Counting()
    program = Program("/shop", None, [*FILES], disk)
    program.most_cached_bytes = 0
    home = program.add(Source("main.py", "x = 1\n"), scan("x = 1\n", "main.py"))
    if before:
        program.mentions(before, home)
    disk.reads.clear()
    return program.mentions_each(kinds, home), disk.reads


def test_each_file_is_read_once_for_all_lists_of_words() -> None:
    found, reads = asked((b"red", b"green"), (b"green",), (b"pink", b"blue"), (b"x = 1",))
    assert found == [True, False, True, True]
    assert reads == {"a.py": 1, "b.py": 1, "c.py": 1}


def test_no_more_files_are_read_once_all_are_found() -> None:
    assert asked((b"red",), (b"blue",)) == ([True, True], {"a.py": 1, "b.py": 1})


def test_nothing_is_read_for_what_is_known() -> None:
    assert asked((b"green",), before=(b"green",)) == ([False], {})
    assert asked((b"green",), (b"red",), before=(b"green",)) == ([False, True], {"a.py": 1})
    assert asked() == ([], {})
