"""The places that explain a finding: how its value gets to the call, and where the same happens besides."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from llmlint.findings import Finding, Related
from llmlint.link.calls.provenance import find_way, is_step
from llmlint.link.program.program import Program

_MOST_LISTED = 4
# Rules that say one thing of a call, whatever its callers send. To the others each value is a finding of its own.
_OF_PROMPTS = "LLM1"


def with_chain(program: Program, finding: Finding) -> Finding:
    """The finding with the calls through which its value gets to the LLM call, in that order, and the other calls of the same function."""
    if any(is_step(note) for note in finding.related):
        return finding  # It is about a fan-out, whose chain is known.
    way = find_way(program, finding.call, finding.at)
    if way is None:
        return finding
    notes = [*way.steps, *listed(way.same, "also ")]
    if finding.code.startswith(_OF_PROMPTS):
        notes += listed(way.others, "another text ")
    return dataclasses.replace(finding, related=(*notes, *finding.related))


def listed(notes: Iterable[Related], before: str = "") -> Iterator[Related]:
    """A few of several notes, with words before what they say; the last one counts those that are left out."""
    distinct = list(dict.fromkeys(notes))
    rest = len(distinct) - _MOST_LISTED
    for number, note in enumerate(distinct[:_MOST_LISTED], 1):
        more = f", and in {rest} more place{'s' if rest > 1 else ''}" if rest > 0 and number == _MOST_LISTED else ""
        yield Related(note.span, before + note.message + more)
