"""What single calls have to do with each other: conversations, repeated prefixes, bursts of bulk work."""

from __future__ import annotations

import hashlib
import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from llmlint.audit.prices import model_of
from llmlint.audit.rows import Row
from llmlint.catalog import Model

MIN_BURST = 4
"""So many calls in a row are a bulk run, as `min-fan-out` has it for loops."""

# Between two calls of a serial bulk run passes little more than the work on one answer. People and requests of a server are slower than that, or
# come at random; a run of MIN_BURST such gaps is then rare.
_GAP_SECONDS = 2.0


@dataclass(eq=False, slots=True)
class Burst:
    """Calls of one origin that follow each other at once (`serial`), or that overlap (`parallel`)."""

    kind: str
    calls: list[Call] = field(default_factory=list)

    @property
    def start(self) -> float:
        return self.calls[0].row.start or 0.0


@dataclass(eq=False, slots=True)
class Call:
    """A row with what the rows around it say of it.

    `chain` are digests of the messages from the first up to each, so that a request whose chain another one continues is seen. `prefix_tokens`
    is the share of its prompt tokens that tools and system prompt have by their characters. `cost_now` is None where it has no price.
    """

    row: Row
    model: Model | None
    cost_now: Decimal | None
    chain: tuple[bytes, ...] = ()
    prefix_tokens: int = 0
    is_conversation: bool = False
    burst: Burst | None = None
    site: object | None = None

    @property
    def group(self) -> tuple[str, str] | None:
        """What its cache entry depends on: the model and the digest of tools and system prompt; for conversations without
        these, their first message. None where no prompt is known or nothing stands first."""
        prompt = self.row.prompt
        if prompt is None or self.model is None:
            return None
        if prompt.prefix:
            return self.model.id, prompt.prefix
        return (self.model.id, self.chain[0].hex()) if self.is_conversation and self.chain else None

    def tokens_through(self, messages: int) -> int:
        """About how many of its prompt tokens stand before the end of a message, by characters."""
        prompt = self.row.prompt
        if prompt is None or not prompt.chars:
            return 0
        chars = prompt.prefix_chars + sum(text.chars for _, text in prompt.messages[:messages])
        return self.row.tokens.prompt * chars // prompt.chars


def calls_of(rows: Iterable[Row]) -> list[Call]:
    """The single calls of an export, in order of time, with conversations and bursts found."""
    calls = [_call(row) for row in rows if not row.is_bucket]
    calls.sort(key=lambda call: call.row.start or 0.0)
    _find_conversations(calls)
    return calls


def _call(row: Row) -> Call:
    call = Call(row, model_of(row.model), row.dollars)
    prompt = row.prompt
    if prompt is not None:
        call.chain = _chain([text.digest for _, text in prompt.messages])
        call.prefix_tokens = call.tokens_through(0)
    return call


def _chain(digests: Sequence[str]) -> tuple[bytes, ...]:
    found: list[bytes] = []
    last = b""
    for digest in digests:
        last = hashlib.blake2b(last + digest.encode(), digest_size=8).digest()
        found.append(last)
    return tuple(found)


def _find_conversations(calls: Sequence[Call]) -> None:
    """A call is part of a conversation if its messages continue those of another call with the same system prompt."""
    ended: dict[tuple[str, bytes], Call] = {}
    for call in calls:
        prompt = call.row.prompt
        if prompt is None or not call.chain:
            continue
        for part in reversed(call.chain[:-1]):
            earlier = ended.get((prompt.prefix, part))
            if earlier is not None:
                earlier.is_conversation = call.is_conversation = True
                break
        ended[(prompt.prefix, call.chain[-1])] = call


def origin(call: Call) -> tuple[object, ...]:
    """What tells one kind of call from another: its call site where that is known, else endpoint, model, system prompt and answer limit."""
    if call.site is not None:
        return (id(call.site),)
    row = call.row
    prefix = row.prompt.prefix if row.prompt is not None else ""
    return row.endpoint, row.model, prefix, row.max_tokens


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
            start, end = call.row.start or 0.0, call.row.end or 0.0
            if run and start - last_end > _GAP_SECONDS:
                found += _burst(run)
                run = []
            last_end = max(last_end, end) if run else end
            run.append(call)
        found += _burst(run)
    return sorted(found, key=lambda burst: burst.start)


def _burst(run: list[Call]) -> list[Burst]:
    if len(run) < MIN_BURST:
        return []
    serial = sum(1 for one, next in itertools.pairwise(run) if (next.row.start or 0.0) >= (one.row.end or 0.0))
    burst = Burst("serial" if serial * 2 >= len(run) - 1 else "parallel", run)
    for call in run:
        call.burst = burst
    return [burst]
