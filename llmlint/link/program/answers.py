"""What a program was asked about its files as a whole, what that came to, and for which files with calls results rest on it.

Linking gets from one file to another by questions only: where an import leads, which files use a name, which hold a word. A later run can take
over what was found for a file with calls unless something has changed that this rests on (`link/rests.py`): a function that was looked into, what
stands outside of functions, a text, an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, cast

from llmlint.link import rests
from llmlint.link.program.looks import Look
from llmlint.link.rests import Leaf

Question = tuple[Any, ...]
"""Its kind, and what it is about: strings, numbers, None."""

_Answer = TypeVar("_Answer")


class Answers:
    """The answers of one program, and of the runs before whose answers still hold.

    `classes` has a number for the classes of each file, and `related` the files with classes that are related to one, by its name. `looks` has how
    each file was made up that was looked at, and `resting` the files with calls whose results rest on something that was looked at.
    """

    def __init__(self) -> None:
        self.known: dict[Question, Any] = {}
        self.classes: dict[str, int] = {}
        self.related: dict[str, list[str]] = {}
        self.looks: dict[str, Look] = {}
        self.resting: dict[Leaf, frozenset[str]] = {}

    def get(self, question: Question, find: Callable[[], _Answer]) -> _Answer:
        """The answer to a question, found now if it is not known."""
        if rests.recording is not None:
            rests.recording.note(("asked", *question))
        if question not in self.known:
            self.known[question] = find()
        return cast("_Answer", self.known[question])

    def look(self, path: str, look: Look) -> None:
        """Note what was seen of a file."""
        known = self.looks.get(path)
        self.looks[path] = look if known is None else known.with_other(look)

    def functions(self) -> dict[str, list[int]]:
        """The functions on which results rest, by path: their numbers."""
        found: dict[str, set[int]] = {}
        for leaf in self.resting:
            if leaf[0] in ("function", "flow"):
                found.setdefault(leaf[1], set()).add(leaf[2])
        return {path: sorted(numbers) for path, numbers in found.items()}

    def rest(self, resting: Mapping[Leaf, frozenset[str]]) -> None:
        """Note for which files with calls results rest on what was looked at."""
        for leaf, homes in resting.items():
            known = self.resting.get(leaf)
            self.resting[leaf] = homes if known is None else known | homes

    def add(self, other: Answers) -> None:
        """Take over what was asked of the same program elsewhere."""
        self.known |= other.known
        self.classes |= other.classes
        self.related |= other.related
        self.rest(other.resting)
        for path, look in other.looks.items():
            self.look(path, look)

    def forget(self, questions: Iterable[Question], homes: frozenset[str]) -> None:
        """Let go of answers that hold no more, and of what the results for some files rested on."""
        for question in questions:
            self.known.pop(question, None)
        left = ((leaf, others - homes) for leaf, others in self.resting.items())
        self.resting = {leaf: others for leaf, others in left if others}

    # As JSON has it

    def record(self) -> dict[str, Any]:
        numbers = {homes: number for number, homes in enumerate(dict.fromkeys(self.resting.values()))}
        return {
            "known": [[list(question), answer] for question, answer in self.known.items()],
            "classes": self.classes,
            "related": self.related,
            "homes": list(map(sorted, numbers)),
            "resting": _by_start({leaf: numbers[homes] for leaf, homes in self.resting.items()}),
            "looks": {path: look.record() for path, look in self.looks.items()},
        }

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Answers:
        """Raises KeyError, IndexError, TypeError or ValueError for what `record` did not make."""
        made = cls()
        made.known = {tuple(question): answer for question, answer in record["known"]}
        made.classes, made.related = dict(record["classes"]), dict(record["related"])
        homes = list(map(frozenset, record["homes"]))
        for kind, path, rows in record["resting"]:
            made.resting |= {(kind, path, *rest): homes[number] for number, *rest in rows}
        made.looks = {path: Look.of_record(look) for path, look in record["looks"].items()}
        return made


def _by_start(numbers: Mapping[Leaf, int]) -> list[list[Any]]:
    """Leaves with a number each, those together that have their kind and path in common: most are names that were looked for in a file."""
    found: dict[tuple[str, Any], list[list[Any]]] = {}
    for (kind, path, *rest), number in numbers.items():
        found.setdefault((kind, path), []).append([number, *rest])
    return [[kind, path, rows] for (kind, path), rows in found.items()]
