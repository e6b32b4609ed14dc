"""What was fixed, file by file, for `--show-fixes`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from llmlint.report.base import place
from llmlint.report.terminal import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmlint.findings import AppliedFix, Finding


class _Outcome(Protocol):
    """What fixing one project gives."""

    @property
    def gone(self) -> int: ...
    @property
    def appeared(self) -> tuple[Finding, ...]: ...
    @property
    def applied(self) -> tuple[AppliedFix, ...]: ...


class FixCounts(NamedTuple):
    """What became of the findings of all projects when they were fixed, as counts, and the fixes."""

    fixed: int
    gone: int
    appeared: int
    applied: tuple[AppliedFix, ...]

    @classmethod
    def of(cls, outcomes: Sequence[_Outcome]) -> FixCounts:
        applied = tuple(each for outcome in outcomes for each in outcome.applied)
        gone, appeared = sum(outcome.gone for outcome in outcomes), sum(len(outcome.appeared) for outcome in outcomes)
        return cls(len(applied), gone, appeared, applied)

    def found(self, remaining: int) -> int:
        """How many findings there were before, by how many there are now."""
        return self.fixed + self.gone + remaining - self.appeared


def fixes_by_file(applied: Sequence[AppliedFix], done: str) -> Iterator[str]:
    """The fixes below each file that they change, with the places of their findings as they were. `done` is what the first line says."""
    files = sorted({path for each in applied for path in each.paths})
    yield f"{done} {len(applied)} finding{'' if len(applied) == 1 else 's'} in {len(files)} file{'' if len(files) == 1 else 's'}:\n"
    for path in files:
        yield f"- {visible(path)}:\n"
        for each in applied:
            if path in each.paths:
                yield f"    {place(each.at, each.location)} {each.code} {visible(each.message)}\n"
    yield "\n"
