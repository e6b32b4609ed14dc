"""The places that explain a finding: how its value gets to the call, and where the same happens besides."""

from __future__ import annotations

import dataclasses
import os.path
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from llmlint.findings import Finding, Related
from llmlint.source import Span

if TYPE_CHECKING:
    from llmlint.callsite import Request

_MOST_LISTED = 4
# Rules that say one thing of a call, whatever its callers send. To the others each value is a finding of its own.
_OF_PROMPTS = "LLM1"


def merged(found: Sequence[tuple[Request, Finding]]) -> list[tuple[Finding, Request, list[Request]]]:
    """The findings about one call site, each once, with the request that it is about and the other requests that have it too.

    Of several that say the same at one place, the surest is kept, and of those the one that saves most.
    """
    groups: dict[tuple[str, Span, int], list[tuple[Request, Finding]]] = {}
    said: Counter[tuple[int, str, Span]] = Counter()
    for request, finding in found:
        of_request = (id(request), finding.code, finding.at)
        groups.setdefault((finding.code, finding.at, said[of_request]), []).append((request, finding))
        said[of_request] += 1
    return [_best(group) for group in groups.values()]


def _best(group: list[tuple[Request, Finding]]) -> tuple[Finding, Request, list[Request]]:
    def rank(pair: tuple[Request, Finding]) -> tuple[int, float, int]:
        saving = pair[1].saving
        return (-pair[1].confidence, saving.after - saving.now if saving is not None else 0.0, len(pair[0].steps))

    request, finding = min(group, key=rank)
    return finding, request, [other for other, _ in group if other is not request]


def resting_on(finding: Finding, request: Request, same: Sequence[Request]) -> Finding:
    """The finding with what else its call is made of in other files: one place in each."""
    known = {finding.at.path, finding.call.path}
    others: dict[str, Span] = {}
    for span in (span for each in (request, *same) for span in each.places(finding.code)):
        if span.path not in known and span.start < others.setdefault(span.path, span).start:
            others[span.path] = span
    return (
        dataclasses.replace(finding, rests_on=tuple(others[path] for path in sorted(others, key=os.path.abspath)))
        if others
        else finding
    )


def explained(finding: Finding, request: Request, same: Sequence[Request], requests: Sequence[Request]) -> Finding:
    """The finding with the calls through which its value gets to the LLM call, in that order, and the other calls of the same function."""
    if any(note.is_step for note in finding.related):
        return finding  # It is about a fan-out, whose call path is known.
    way = request.explain(finding.at)
    if not way:
        return finding
    also = [other[0] for each in same if (other := each.explain(finding.at)) and other[0] != way[0]]
    notes = [*way, *listed(also, "also ")]
    if finding.code.startswith(_OF_PROMPTS):
        notes += listed(_with_other_texts(way, also, requests), "another text ")
    return dataclasses.replace(finding, related=(*notes, *finding.related))


def _with_other_texts(way: Sequence[Related], also: Sequence[Related], requests: Sequence[Request]) -> Iterator[Related]:
    """Other calls of the function that a value is passed to."""
    for each in requests:
        if len(each.steps) >= len(way) and each.prompt.known_chars:
            step = each.steps[len(way) - 1]
            if step.message == way[0].message and step != way[0] and step not in also:
                yield step


def listed(notes: Iterable[Related], before: str = "") -> Iterator[Related]:
    """A few of several notes, with words before what they say; the last one counts those that are left out."""
    distinct = list(dict.fromkeys(notes))
    rest = len(distinct) - _MOST_LISTED
    for number, note in enumerate(distinct[:_MOST_LISTED], 1):
        more = f", and in {rest} more place{'s' if rest > 1 else ''}" if rest > 0 and number == _MOST_LISTED else ""
        yield Related(note.span, before + note.message + more)
