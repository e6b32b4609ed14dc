"""What single calls have to do with each other: conversations, repeated prefixes, bursts of bulk work."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

from llmlint.audit.join import Static
from llmlint.audit.prices import model_of
from llmlint.audit.rows import Row
from llmlint.audit.sites import Site
from llmlint.catalog import Model

MIN_BURST = 4
"""So many calls in a row are a bulk run, as `min-fan-out` has it for loops."""

# Between two calls of a serial bulk run passes little more than the work on one answer. People and requests of a server are slower than that, or
# come at random; a run of MIN_BURST such gaps is then rare.
GAP_SECONDS = 2.0


BurstKind: TypeAlias = Literal["serial", "parallel"]


@dataclass(eq=False, slots=True)
class Burst:
    """Calls of one origin that follow each other at once (`serial`), or that overlap (`parallel`)."""

    kind: BurstKind
    calls: list[Call] = field(default_factory=list)

    @property
    def start(self) -> float:
        return self.calls[0].start


@dataclass(eq=False, slots=True)
class Call:
    """A row with what the rows around it say of it.

    `chain` are digests of the messages from the first up to each, `ends` its prompt tokens up to the end of each, and `prefix_tokens` those of
    tools and system prompt, all by their characters. `cost_now` is None where it has no price.
    """

    row: Row
    model: Model | None
    cost_now: Decimal | None
    chain: Sequence[str] = ()
    ends: Sequence[int] = ()
    prefix_tokens: int = 0
    is_conversation: bool = False
    burst: Burst | None = None
    site: Site | None = None
    static: Static | None = None

    def join(self, site: Site, static: Static | None) -> None:
        """Take its call site, and what its requests begin with once they are fixed."""
        self.site, self.static = site, static
        prompt = self.row.prompt
        if static is not None and prompt is not None:
            self.prefix_tokens = self.row.tokens.prompt * (prompt.tools.chars + static.chars) // prompt.chars

    @property
    def start(self) -> float:
        return self.row.start or 0.0

    @property
    def end(self) -> float:
        return max(self.start, self.row.end or 0.0)

    @property
    def group(self) -> tuple[str, str] | None:
        """What its cache entry depends on: the model and the digest of tools and system prompt; for conversations without
        these, their first message. Where the source says what a fix puts first, that. None where nothing stands first."""
        prompt = self.row.prompt
        if prompt is None or self.model is None:
            return None
        if self.static is not None:
            return self.model.id, prompt.begun(self.static.digest)
        if prompt.prefix:
            return self.model.id, prompt.prefix
        return (self.model.id, self.chain[0]) if self.is_conversation and self.chain else None


def calls_of(rows: Iterable[Row]) -> list[Call]:
    """The single calls of an export, in order of time, with conversations found."""
    calls = [_call(row) for row in rows if not row.is_bucket]
    calls.sort(key=lambda call: (call.start, call.end, call.row.id or ""))
    _find_conversations(calls)
    return calls


def _call(row: Row) -> Call:
    call = Call(row, model_of(row.model), row.dollars)
    prompt = row.prompt
    if prompt is not None:
        call.chain, call.ends = prompt.chain(), prompt.ends(row.tokens.prompt)
        call.prefix_tokens = prompt.tokens_through(0, row.tokens.prompt)
    return call


def _find_conversations(calls: Sequence[Call]) -> None:
    """A call is part of a conversation if its messages continue those of another call with the same system prompt."""
    ended: dict[tuple[str, str], list[Call]] = {}
    for _, simultaneous in itertools.groupby(calls, key=lambda call: call.start):
        group = [call for call in simultaneous if call.chain]
        for call in group:
            earlier = ended.setdefault((_prefix(call), call.chain[-1]), [])
            if earlier and earlier[0].start < call.start:
                earlier.clear()
            earlier.append(call)
        for call in group:
            for part in reversed(call.chain[:-1]):
                earlier = ended.get((_prefix(call), part), [])
                if earlier:
                    for each in (*earlier, call):
                        each.is_conversation = True
                    break


def _prefix(call: Call) -> str:
    return call.row.prompt.prefix if call.row.prompt is not None else ""


def origin(call: Call) -> tuple[object, ...]:
    """What tells one kind of call from another: its call site where that is known, else endpoint, model, system prompt and answer limit."""
    if call.site is not None:
        return (id(call.site),)
    return call.row.endpoint, call.row.model, _prefix(call), call.row.max_tokens


def find_bursts(calls: Sequence[Call]) -> list[Burst]:
    """The bulk runs of an export. Calls of conversations, and calls at batch price, are in none; nor are rows without a start and an end."""
    by_origin: dict[tuple[object, ...], list[Call]] = defaultdict(list)
    for call in calls:
        if not call.is_conversation and call.row.start is not None and call.row.end is not None and call.row.tier == "standard":
            by_origin[origin(call)].append(call)
    found = []
    for group in by_origin.values():
        run: list[Call] = []
        last_end = 0.0
        for call in group:
            if run and call.start - last_end > GAP_SECONDS:
                found += _burst(run)
                run = []
            last_end = max(last_end, call.end)
            run.append(call)
        found += _burst(run)
    return found


def _burst(run: list[Call]) -> list[Burst]:
    if len(run) < MIN_BURST:
        return []
    serial = sum(1 for one, next in itertools.pairwise(run) if next.start >= one.end)
    burst = Burst("serial" if serial * 2 >= len(run) - 1 else "parallel", run)
    for call in run:
        call.burst = burst
    return [burst]
