"""What prompt caching would have given on this traffic: a replay of the real gaps between calls, for both lifetimes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from llmlint.audit.prices import price
from llmlint.audit.rows import Tokens
from llmlint.audit.traffic import Call
from llmlint.catalog import Model

LIFETIMES = {"5m": 300.0, "1h": 3600.0}
KEYED = 1800.0
"""How long OpenAI keeps what a request wrote (prompt caching guide, October 2026: 30 minutes)."""

_LOOKBACK = 20
"""Blocks before a breakpoint in which the API looks for an entry (prompt caching page, September 2026); here one message is one block."""

LATER = 50
"""Of so many later calls one has to read a cache write, or it counts as never read."""

# From this share of its prefix on, a group counts as cached already.
CACHED = 0.5


@dataclass(slots=True)
class Prefix:
    """The calls of one model with one system prompt and tools, and what they cost: `now`, and with breakpoints of each lifetime.

    `unread` is what the export's own cache writes cost of which no later call could read. `keyed` is what calls of an OpenAI model would have cost
    if each had read what others sent up to 30 minutes before, which is the most that a cache key can give.
    """

    model: str
    digest: str
    calls: list[Call]
    tokens: int
    now: Decimal = Decimal(0)
    with_breakpoints: dict[str, Decimal] = field(default_factory=dict)
    replayed: dict[str, list[Tokens]] = field(default_factory=dict)
    unread: Decimal = Decimal(0)
    unread_writes: int = 0
    keyed: Decimal | None = None

    @property
    def hit_rate(self) -> float:
        """Tokens read from the cache as a share of all prompt tokens."""
        sent = sum(call.row.tokens.prompt for call in self.calls)
        return sum(call.row.tokens.read for call in self.calls) / sent if sent else 0.0

    @property
    def is_cached(self) -> bool:
        """Whether most of the prefix goes through the cache already."""
        cached = sum(call.row.tokens.read + call.row.tokens.write for call in self.calls)
        return cached >= CACHED * sum(call.prefix_tokens for call in self.calls) and cached > 0

    @property
    def best(self) -> str | None:
        """The lifetime that would have been cheapest; None where no breakpoint is cheaper than what was paid."""
        lifetime = min(self.with_breakpoints, key=lambda each: self.with_breakpoints[each], default=None)
        return lifetime if lifetime is not None and self.with_breakpoints[lifetime] < self.now else None

    @property
    def saving(self) -> Decimal:
        return self.now - self.with_breakpoints[self.best] if self.best is not None else Decimal(0)


def prefixes_of(calls: Sequence[Call]) -> list[Prefix]:
    """The repeated prefixes of an export, the most expensive first. Only those of two calls and more, and only with prices."""
    groups: dict[tuple[str, str], list[Call]] = defaultdict(list)
    for call in calls:
        group = call.group
        if group is not None and call.cost_now is not None and call.row.start is not None:
            groups[group].append(call)
    found = [_prefix(model, digest, group) for (model, digest), group in groups.items() if len(group) > 1]
    return sorted(found, key=lambda prefix: (-prefix.now, prefix.model, prefix.digest))


def _prefix(model_id: str, digest: str, calls: list[Call]) -> Prefix:
    prefix = Prefix(model_id, digest, calls, max(call.prefix_tokens for call in calls))
    prefix.now = sum((call.cost_now for call in calls if call.cost_now is not None), Decimal(0))
    model = calls[0].model
    if model is None:
        return prefix
    _find_unread(prefix)
    if model.vendor == "anthropic" and model.cache_minimum is not None:
        for lifetime, seconds in LIFETIMES.items():
            replayed = replay(calls, lifetime, seconds, model.cache_minimum)
            if (cost := _cost(calls, model, replayed)) is not None:
                prefix.replayed[lifetime] = replayed
                prefix.with_breakpoints[lifetime] = cost
    elif has_keys(model) and model.cache_minimum is not None:
        prefix.keyed = _cost(calls, model, replay(calls, "5m", KEYED, model.cache_minimum))
    return prefix


def has_keys(model: Model) -> bool:
    """Whether a cache key can change what calls of a model cost."""
    return model.vendor == "openai" and model.cache_read is not None


def _cost(calls: Sequence[Call], model: Model, replayed: Sequence[Tokens]) -> Decimal | None:
    """What calls would have cost with other tokens; None where one has no price."""
    costs = [price(model, tokens, call.row.tier) for call, tokens in zip(calls, replayed, strict=True)]
    known = [cost for cost in costs if cost is not None]
    return sum(known, Decimal(0)) if len(known) == len(costs) else None


def replay(calls: Sequence[Call], lifetime: str, seconds: float, minimum: int) -> list[Tokens]:
    """The tokens of each call if the last block that does not change had a breakpoint, and in conversations the last message too.

    An entry can be read once the response that wrote it has ended, and until its lifetime has passed since it was last used. Writes count as those of
    the lifetime of that name.
    """
    entries: dict[str, tuple[float, float]] = {}
    found = []
    for call in calls:
        start, end = call.start, call.end
        stops = [("", call.prefix_tokens)]
        if call.is_conversation:
            count = len(call.chain)
            first = max(1, count - _LOOKBACK)
            stops += [(call.chain[index - 1], call.ends[index - 1]) for index in range(first, count + 1)]
        read, used = 0, None
        for key, tokens in reversed(stops):
            entry = entries.get(key)
            if entry is not None and entry[0] <= start <= entry[1] and tokens >= minimum:
                read, used = tokens, key
                break
        marked = max((tokens for _, tokens in (stops[0], stops[-1]) if tokens >= minimum), default=0)
        write = max(0, marked - read)
        for key, tokens in dict.fromkeys((stops[0], stops[-1])):
            if tokens >= minimum:
                ready = min(entries[key][0], end) if key in entries and entries[key][1] >= start else end
                entries[key] = (ready, end + seconds)
        if used is not None:
            entries[used] = (entries[used][0], start + seconds if entries[used][1] < start + seconds else entries[used][1])
        sent = call.row.tokens
        rest = sent.prompt - read - write
        found.append(Tokens(rest, read, 0 if lifetime == "1h" else write, write if lifetime == "1h" else 0, sent.output))
    return found


def _find_unread(prefix: Prefix) -> None:
    """Cache writes of the export that no later call of the same prefix came in time for."""
    for index, call in enumerate(prefix.calls):
        tokens = call.row.tokens
        if not tokens.write or call.model is None:
            continue
        seconds = LIFETIMES["1h" if tokens.write_1h else "5m"]
        is_read = any(
            later.start - call.end <= seconds and later.row.tokens.read for later in prefix.calls[index + 1 : index + 1 + LATER]
        )
        if not is_read:
            prefix.unread_writes += tokens.write
            prefix.unread += price(call.model, Tokens(0, 0, tokens.write_5m, tokens.write_1h, 0), call.row.tier) or Decimal(0)
