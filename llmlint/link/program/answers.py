"""What a program was asked about its files as a whole, and what that came to.

Linking gets from one file to another by questions only: where an import leads, which files use a name, which hold a word. Each is asked for a
file, its home. So what is found about a call rests on the files that its own one leads to, directly or by way of others, and on what was asked
for these. A later run can take over what was found unless one of them has changed, or one of the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, cast

from llmlint.link.program.looks import Look

Question = tuple[Any, ...]
"""Its kind, and what it is about: strings, numbers, None."""

_Answer = TypeVar("_Answer")


class Answers:
    """The answers of one program, and of the runs before whose answers still hold.

    `homes` are the files for which a question was asked. `led` are the files whose facts are looked at for a home, and `rested` those of which
    the text is. `classes` has a number for the classes of each file, and `related` the files with classes that are related to one, by its name.
    `looks` has what was seen of each file whose facts were looked at, and `read` the files whose texts what rules and fixes say about the calls of
    a file, and nothing else that is found for it, may rest on.
    """

    def __init__(self) -> None:
        self.known: dict[Question, Any] = {}
        self.homes: dict[Question, set[str]] = {}
        self.led: dict[str, set[str]] = {}
        self.rested: dict[str, set[str]] = {}
        self.classes: dict[str, int] = {}
        self.related: dict[str, list[str]] = {}
        self.looks: dict[str, Look] = {}
        self.read: dict[str, set[str]] = {}

    def get(self, question: Question, home: str, find: Callable[[], _Answer]) -> _Answer:
        """The answer to a question, found now if it is not known."""
        self.homes.setdefault(question, set()).add(home)
        if question not in self.known:
            self.known[question] = find()
        return cast("_Answer", self.known[question])

    def leads(self, home: str, paths: Iterable[str]) -> None:
        """Note that what is found for a file may rest on the facts of others, and on what these lead to."""
        self.led.setdefault(home, set()).update(paths)

    def rests(self, home: str, paths: Iterable[str]) -> None:
        """Note that what is found for a file may rest on the texts of others."""
        self.rested.setdefault(home, set()).update(paths)

    def reads(self, home: str, paths: Iterable[str]) -> None:
        """Note that what rules and fixes say about the calls of a file may rest on the texts of others."""
        self.read.setdefault(home, set()).update(paths)

    def look(self, path: str, look: Look) -> None:
        """Note what was seen of a file."""
        known = self.looks.get(path)
        self.looks[path] = look if known is None else known.with_other(look)

    def add(self, other: Answers) -> None:
        """Take over what was asked of the same program elsewhere."""
        self.known |= other.known
        self.classes |= other.classes
        self.related |= other.related
        for question, homes in other.homes.items():
            self.homes.setdefault(question, set()).update(homes)
        for home, paths in other.led.items():
            self.leads(home, paths)
        for home, paths in other.rested.items():
            self.rests(home, paths)
        for home, paths in other.read.items():
            self.reads(home, paths)
        for path, look in other.looks.items():
            self.look(path, look)

    def affected(self, changed: Iterable[str]) -> set[str]:
        """The files for which something may now be found otherwise, where some have changed, or what was asked for them."""
        found = set(changed)
        found |= {home for home, paths in self.rested.items() if not found.isdisjoint(paths)}
        leading: dict[str, list[str]] = {}
        for home, paths in self.led.items():
            for path in paths:
                leading.setdefault(path, []).append(home)
        pending = list(found)
        while pending:
            more = [home for home in leading.get(pending.pop(), ()) if home not in found]
            found.update(more)
            pending += more
        return found

    def forget(self, questions: Iterable[Question], changed: Iterable[str], affected: Iterable[str]) -> None:
        """Let go of answers that hold no more, of what some files led to and was seen of them, and of what was read for `affected` files."""
        for question in questions:
            self.known.pop(question, None)
            self.homes.pop(question, None)
        for path in changed:
            self.led.pop(path, None)
            self.rested.pop(path, None)
            self.looks.pop(path, None)
        for path in affected:
            self.read.pop(path, None)

    # As JSON has it

    def record(self) -> dict[str, Any]:
        return {
            "known": [[list(question), answer, sorted(self.homes[question])] for question, answer in self.known.items()],
            "led": {home: sorted(paths) for home, paths in self.led.items()},
            "rested": {home: sorted(paths) for home, paths in self.rested.items()},
            "classes": self.classes,
            "related": self.related,
            "read": {home: sorted(paths) for home, paths in self.read.items()},
            "looks": {path: look.record() for path, look in self.looks.items()},
        }

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Answers:
        """Raises KeyError, TypeError or ValueError for what `record` did not make."""
        made = cls()
        for question, answer, homes in record["known"]:
            made.known[tuple(question)] = answer
            made.homes[tuple(question)] = set(homes)
        made.led = {home: set(paths) for home, paths in record["led"].items()}
        made.rested = {home: set(paths) for home, paths in record["rested"].items()}
        made.classes, made.related = dict(record["classes"]), dict(record["related"])
        made.read = {home: set(paths) for home, paths in record["read"].items()}
        made.looks = {path: Look.of_record(look) for path, look in record["looks"].items()}
        return made
