"""The figures of an audit: what every form of the report shows, from pure Python (`summary`) and from DuckDB (`duck`) alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from llmlint.audit.buckets import MODEL_RULES, NOTHING, Bucket, Levers
from llmlint.audit.reading import Source
from llmlint.audit.rows import Tokens
from llmlint.audit.sites import Site
from llmlint.audit.traffic import BurstKind

_ZERO = Decimal(0)
DAY = 86_400
MOST = 1_000
"""So many prefixes and bursts are kept, the most expensive first; all are counted."""

_CACHE_RULES = frozenset({"LLM101", "LLM102", "LLM103", "LLM104", "LLM105", "LLM108", "LLM109"})
_BATCH_RULES = frozenset({"LLM301", "LLM302"})


def lever_of(code: str) -> str | None:
    """The lever by which the fix of a rule saves: `cache`, `batches` or `model`; None for rules that the levers do not cover."""
    levers = {"cache": _CACHE_RULES, "batches": _BATCH_RULES, "model": MODEL_RULES}
    return next((lever for lever, rules in levers.items() if code in rules), None)


@dataclass(slots=True)
class PrefixFigures:
    """The calls of one model with one system prompt and tools, of about so many `tokens`.

    `now` is what they cost, `with_breakpoints` what they would have with breakpoints of each lifetime, `best` the lifetime that is cheaper than what
    was paid. `unread` is what those of the export's own cache writes cost that no later call could read.
    """

    model: str
    digest: str
    calls: int
    tokens: int
    hit_rate: float
    now: Decimal
    with_breakpoints: dict[str, Decimal]
    best: str | None
    unread: Decimal
    unread_writes: int
    site: Site | None


@dataclass(slots=True)
class BurstFigures:
    """Calls of one origin that follow each other at once (`serial`), or that overlap (`parallel`)."""

    kind: BurstKind
    start: float
    calls: int
    dollars: Decimal
    site: Site | None
    origin: str


@dataclass(slots=True)
class Pair:
    """What one model costs at one endpoint."""

    model: str
    endpoint: str | None
    calls: int
    dollars: Decimal


@dataclass(slots=True)
class Day:
    """One day in UTC, and how much of it bursts of bulk work cost."""

    date: str
    calls: int
    dollars: Decimal
    in_bursts: Decimal


@dataclass(slots=True)
class Spend:
    """What one call site cost, by how its rows were joined (location, prompt, name, model), and what fixes would have saved on this traffic."""

    site: Site
    calls: int = 0
    dollars: Decimal = field(default=_ZERO)
    joined_by: Counter[str] = field(default_factory=Counter)
    levers: Levers = field(default_factory=lambda: NOTHING)

    def saving(self, code: str) -> Decimal | None:
        """What the fix of a rule would have saved on this traffic, after the levers before it; None for rules that the levers do not cover."""
        lever = lever_of(code)
        if lever == "cache":
            return self.levers.now - self.levers.cached
        if lever == "batches":
            return self.levers.cached - self.levers.batched
        if lever == "model":
            return self.levers.batched - self.levers.smaller
        return None


@dataclass(slots=True)
class Audit:
    """All figures. Money is USD of the period from `start` to `end` (seconds since 1970), never extrapolated.

    `calls` is None where no export counts calls. `billed` and `computed` are the sums of the same rows as far as both are known, for the
    reconciliation. `levers` is the whole bill now and after each lever. `keys` is the most that cache keys of OpenAI could save.
    """

    sources: Sequence[Source]
    start: float | None
    end: float | None
    calls: int | None
    rows: int
    tokens: Tokens
    dollars: Decimal
    billed: Decimal | None
    computed: Decimal | None
    unpriced: Counter[str]
    unpriced_tokens: int
    without_time: int
    systems: int
    calls_with_prompt: int
    pairs: list[Pair]
    day: Day | None
    buckets: list[Bucket]
    prefixes: list[PrefixFigures]
    prefix_count: int
    unread: Decimal
    keys: Decimal
    bursts: list[BurstFigures]
    burst_count: int
    without_cache_columns: int
    levers: Levers
    sites: list[Spend]
    untraced: list[Site]
    has_source: bool
    joined: Decimal
    ambiguous: Decimal
    unmatched: Decimal
    is_replayed: bool
    passed_over: int

    @property
    def days(self) -> float | None:
        """The length of the period; None where no row has a time."""
        return None if self.start is None or self.end is None else max(0.0, self.end - self.start) / DAY

    @property
    def overlapping(self) -> list[str]:
        """The formats of single calls, where there are several: the same calls may then be counted more than once."""
        found = {format.title for source in self.sources for format in source.formats if format.lacks is None and source.rows}
        return sorted(found) if len(found) > 1 else []

    @property
    def hit_rate(self) -> float | None:
        """Tokens read from the cache as a share of all tokens sent."""
        return self.tokens.read / self.tokens.prompt if self.tokens.prompt else None


def burst_order(burst: BurstFigures) -> tuple[Decimal, float, str, int]:
    """The order in which bursts are kept and shown: the most expensive first."""
    return -burst.dollars, burst.start, burst.origin, burst.calls
