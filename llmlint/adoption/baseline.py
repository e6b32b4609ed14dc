"""A baseline: the findings that a project has on the day on which it adopts llmlint, so that only new ones are reported.

An entry is the fingerprint of a finding: its rule, file and function, and a hash of the call and of the place that it points at; never a line.
An entry that no finding of this file and function has may belong to one that has moved: first to another file, then anywhere.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from llmlint.files.regular import read_start
from llmlint.findings import Finding
from llmlint.fingerprints import Fingerprint, Fingerprints
from llmlint.source import Source

FILE = "llmlint-baseline.json"
VERSION = 1
_MOST_BYTES = 50_000_000

_KEYS: tuple[Callable[[Fingerprint], tuple[str, ...]], ...] = (
    lambda each: tuple(each),
    lambda each: (each.code, each.function, each.content),
    lambda each: (each.code, each.content),
)
"""What an entry and a finding must have in common, the most exact first."""


class BaselineError(Exception):
    """Why a baseline cannot be used, in one line without its path."""


class Baseline:
    """The entries of one project. `root` is the absolute folder that paths are relative to."""

    def __init__(self, root: str, entries: Iterable[Fingerprint]) -> None:
        self.root = root
        self.entries = sorted(entries)

    @property
    def path(self) -> str:
        return os.path.join(self.root, FILE)

    @classmethod
    def read(cls, root: str) -> Baseline | None:
        """The baseline of a project; None where it has none. Raises BaselineError."""
        path = os.path.join(root, FILE)
        if not os.path.lexists(path):
            return None
        try:
            document = json.loads(read_start(path, _MOST_BYTES))
            if document["version"] != VERSION:
                raise BaselineError(f"version {document['version']} is not known")
            rows = [Fingerprint(*(str(row[key]) for key in Fingerprint._fields)) for row in document["findings"]]
        except OSError as error:
            raise BaselineError(f"cannot be read: {error.strerror or error}") from None
        except (ValueError, TypeError, KeyError, RecursionError):
            raise BaselineError("not a baseline of llmlint") from None
        return cls(root, rows)

    def write(self) -> None:
        """Write the file, an entry on each line. Raises OSError."""
        rows = ",\n    ".join(json.dumps(entry._asdict()) for entry in self.entries)
        text = (
            f'{{\n  "version": {VERSION},\n  "findings": [\n    {rows}\n  ]\n}}\n' if rows else '{"version": 1, "findings": []}\n'
        )
        with open(self.path, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)

    def match(self, found: Sequence[Fingerprint]) -> tuple[list[int], list[Fingerprint]]:
        """Which of some findings are new, by number, and the entries that none of them has."""
        left, entries = list(range(len(found))), list(self.entries)
        for key in _KEYS:
            counts = Counter(map(key, entries))
            rest: list[int] = []
            used: Counter[tuple[str, ...]] = Counter()
            for number in left:
                name = key(found[number])
                if counts[name] > used[name]:
                    used[name] += 1
                else:
                    rest.append(number)
            left = rest
            unmatched: list[Fingerprint] = []
            for entry in entries:
                if used[key(entry)]:
                    used[key(entry)] -= 1
                else:
                    unmatched.append(entry)
            entries = unmatched
        return left, entries

    def new(self, findings: Sequence[Finding], source_of: Callable[[str], Source]) -> tuple[list[Finding], list[Fingerprint]]:
        """The findings that have no entry, and the entries that have no finding."""
        left, stale = self.match(fingerprints(findings, self.root, source_of))
        return [findings[number] for number in left], stale


def fingerprints(findings: Iterable[Finding], root: str, source_of: Callable[[str], Source]) -> list[Fingerprint]:
    """The fingerprints of findings, with paths from the root of the project on."""
    made = Fingerprints(source_of)
    found: list[Fingerprint] = []
    for finding in findings:
        # What other callers there are is no part of what a finding is.
        each = made.of(dataclasses.replace(finding, related=()))
        path = os.path.relpath(os.path.abspath(each.path), root).replace(os.sep, "/")
        found.append(each._replace(path=path))
    return found
