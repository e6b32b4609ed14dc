"""Which answers about a program may be others now that one of its files has changed, by that file alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property

from llmlint.discover.decode import DecodeError
from llmlint.discover.load import load
from llmlint.link.program.answers import Question
from llmlint.link.program.compared import compared_names
from llmlint.link.program.name_index import Mentions, is_of_self_alone
from llmlint.link.program.program import MOST_CALLING_FILES, MOST_LINKED_BYTES, Program, is_used


def stale_answers(program: Program, path: str, data: bytes) -> set[Question]:
    """The questions about a program that may have other answers since a file, which was one of its files before, has this content.

    What was asked for the file itself is left out: that is found anew. Notes what classes the file has now. Of a file without calls, `data` is what
    linking reads.
    """
    return set(_Changed(program, path, data).stale())


def update_answers(program: Program, path: str, data: bytes) -> None:
    """Let go of the answers about a program that may be others since one of its files has this content. Of files that hold a word, the others are
    known."""
    known = program.answers.known
    if len(data) >= MOST_LINKED_BYTES or path.endswith(".ipynb"):
        known.clear()
        return
    for question in stale_answers(program, path, data):
        answer = known.pop(question)
        if question[0] == "word":
            known[question] = [each for each in answer if each != path] if path in answer else sorted([*answer, path])


class _Changed:
    def __init__(self, program: Program, path: str, data: bytes) -> None:
        self._program, self._answers = program, program.answers
        # Words are searched for in whole files with calls, and whatever else is asked only in what linking reads of each file.
        self._path, self._whole, self._data = path, data, data[:MOST_LINKED_BYTES]
        self._group = program.package_groups.of(path)
        self._mentions = Mentions([path], lambda _: self._data)
        classes = self._mentions.classes.get(path, 0)
        # What is related to what is told by the classes of all files.
        self._has_other_classes = classes != self._answers.classes.get(path, 0)
        self._answers.classes[path] = classes

    def stale(self) -> Iterator[Question]:
        tests: dict[str, Callable[..., bool]] = {
            "naming": self._is_naming_stale,
            "deriving": self._is_deriving_stale,
            "words": self._is_first_with_words_stale,
            "word": self._is_word_stale,
            "own words": self._are_own_words_stale,
            "compares": self._is_compared_stale,
            "matching": self._is_matching_stale,
            "import names": self._are_import_names_stale,
            "related": self._is_related_stale,
        }
        for question, answer in self._answers.known.items():
            if tests[question[0]](answer, *question[1:]):
                yield question

    def _is_other(self, few: list[str], is_among: bool) -> bool:
        """Whether a list of files, of which the first are known, may be another one now."""
        was_among = self._path in few
        return was_among and not is_among if len(few) > MOST_CALLING_FILES else was_among is not is_among

    def _is_naming_stale(self, answer: list[str], name: str, home: str, owner: str | None) -> bool:
        may_name = self._program.may_name(self._path, home, self._whole)
        if not may_name and self._path not in answer:
            return False
        if owner is None:
            imports = bool(self._mentions.importing(name, self._program.origins_of(home)))
            return self._is_other(answer, may_name and imports and is_used(name.encode(), self._data))
        if self._has_other_classes or owner not in self._answers.related:
            return True
        may_be_meant = self._path in self._answers.related[owner] or not is_of_self_alone(name.encode(), self._data)
        return self._is_other(answer, may_name and may_be_meant and self._mentions.has_behind_dot(name))

    def _is_deriving_stale(self, answer: list[str], name: str, home: str, member: str) -> bool:
        if self._path == home:
            return False
        return self._is_other(answer, bool(self._mentions.deriving(name)) and member.encode() in self._data)

    def _is_first_with_words_stale(self, answer: str | None, group: str, *words: str) -> bool:
        return self._is_first_stale(answer, any(word.encode() in self._whole for word in words))

    def _is_first_stale(self, answer: str | None, has_it: bool) -> bool:
        """Whether it may no longer be known if any file has something, where `answer` was one that has it."""
        return has_it if answer is None else answer == self._path and not has_it

    def _is_word_stale(self, answer: list[str], group: str, *words: str) -> bool:
        return group == self._group and (self._path in answer) is not any(word.encode() in self._whole for word in words)

    def _are_own_words_stale(self, answer: list[str], path: str, *words: str) -> bool:
        return path == self._path and answer != [word for word in words if word.encode() in self._whole]

    def _is_compared_stale(self, answer: bool, path: str, name: str) -> bool:
        return path == self._path and (self._compared is None or answer is not (name in self._compared))

    @cached_property
    def _compared(self) -> frozenset[str] | None:
        try:
            return compared_names(load(self._whole, self._path).text)
        except DecodeError:
            return None

    def _is_matching_stale(self, answer: str | None, group: str, word: str, pattern: str, flags: int) -> bool:
        matches = word.encode() in self._data and re.compile(pattern.encode(), flags).search(self._data) is not None
        return self._is_first_stale(answer, matches) or (matches and answer is not None and self._path < answer)

    def _are_import_names_stale(self, answer: dict[str, list[str]], home: str) -> bool:
        now = self._program.import_names_in(self._path, self._data, home) if self._path != home else set()
        return sorted(now) != answer.get(self._path, [])

    def _is_related_stale(self, answer: str | None, group: str, method: str, owner: str) -> bool:
        if self._has_other_classes:
            return True
        # What files with related classes define is not looked for.
        is_related = self._path in self._answers.related.get(owner, ())
        return not is_related and self._is_first_stale(answer, b"def " + method.encode() + b"(" in self._data)
