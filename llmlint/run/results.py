"""What runs leave to later ones, and what a run that takes most over need not import: no rule, no provider, no evaluation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from llmlint.findings import Finding

if TYPE_CHECKING:
    from llmlint.link.program.answers import Answers
    from llmlint.rules.registry import Rule


class FileResult(NamedTuple):
    """What the rules say about the calls of one file, how many these are, and whether the file has comments that may suppress findings."""

    findings: tuple[Finding, ...]
    calls: int
    is_commented: bool


class Kept(NamedTuple):
    """What a run takes over from one before: the results of files, and the answers about the program. `are_all_wanted` as in `Run`."""

    results: Mapping[str, FileResult]
    answers: Answers
    are_all_wanted: bool


class RulesLater(Mapping[str, "Rule"]):
    """Rules that are imported once a call has to be looked at."""

    def __init__(self, find: Callable[[], Mapping[str, Rule]]) -> None:
        self._find = find

    @cached_property
    def _rules(self) -> Mapping[str, Rule]:
        return self._find()

    def __getitem__(self, code: str) -> Rule:
        return self._rules[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)


def in_order(finding: Finding) -> tuple[object, ...]:
    """A sort key: by place, then code, then call."""
    return finding.at.path, finding.at.start, finding.code, finding.at.end, finding.call.path, finding.call.start, finding.message
