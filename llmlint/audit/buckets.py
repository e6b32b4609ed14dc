"""The table of an audit: each call in one bucket, with the rule that would change it and what that would have saved on this traffic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

from llmlint.audit.caching import Prefix
from llmlint.audit.prices import model_of, price
from llmlint.audit.sites import Site
from llmlint.audit.traffic import Call
from llmlint.catalog import Catalog, Model
from llmlint.findings import Applicability

_ZERO = Decimal(0)
# Up to this many tokens an answer is a label, a number or a short field. Without the source this is all that is known of a task.
SHORT_ANSWER = 64
_SIMPLE_TASK, _PREMIUM = "LLM202", "LLM201"
_CONCURRENT = "LLM302"
MODEL_RULES = frozenset({"LLM201", "LLM202", "LLM203", "LLM204", "LLM205"})
"""The rules whose fix writes another model."""

# A call whose prompt is mostly its own text is the analysis of that text, whatever stands ahead of it.
REPEATED_SHARE = 0.5
_BULK_TIERS = frozenset({"batch", "flex"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A bucket: its title, whether its cost is waste, and the rules that find it in source code."""

    title: str
    is_waste: bool
    rules: tuple[str, ...] = ()


CHAT = Kind("user chat turns", False)
BATCHED = Kind("bulk work at batch price", False)
SERIAL = Kind("serial bulk runs", True, ("LLM301",))
PARALLEL = Kind("parallel bulk runs", True, ("LLM302",))
PREMIUM = Kind("premium model for a simple task", True, ("LLM202", "LLM201"))
UNCACHED = Kind("repeated system prompts without a cache", True, ("LLM101", "LLM102", "LLM103", "LLM108"))
CACHED = Kind("repeated system prompts from the cache", False)
FIRST = Kind("first-time analysis", False)
UNKNOWN = Kind("calls without prompts", False)

KINDS = (FIRST, CHAT, CACHED, BATCHED, UNCACHED, PREMIUM, SERIAL, PARALLEL, UNKNOWN)
"""In the order in which they are shown: value first, then waste."""


@dataclass(frozen=True, slots=True)
class Levers:
    """What one call costs `now`, then with breakpoints, then also as a batch if nobody waits, then also on the next lower tier."""

    now: Decimal
    cached: Decimal
    batched: Decimal
    smaller: Decimal

    def plus(self, other: Levers) -> Levers:
        return Levers(
            self.now + other.now, self.cached + other.cached, self.batched + other.batched, self.smaller + other.smaller
        )


NOTHING = Levers(_ZERO, _ZERO, _ZERO, _ZERO)


Basis: TypeAlias = Literal["traffic", "source", "guess"]
"""What a bucket rests on; `guess` where only the source could say for sure."""


@dataclass(slots=True)
class Sorted:
    """A call with its bucket and its levers."""

    call: Call
    kind: Kind
    levers: Levers
    basis: Basis


@dataclass(slots=True)
class Bucket:
    """All calls of one kind."""

    kind: Kind
    calls: int = 0
    levers: Levers = field(default_factory=lambda: NOTHING)
    is_certain: bool = True

    @property
    def dollars(self) -> Decimal:
        return self.levers.now


def sort_calls(calls: Sequence[Call], prefixes: Sequence[Prefix]) -> list[Sorted]:
    """Put each priced call into its bucket, and compute its levers one on top of the other: they multiply and are never added up."""
    of_prefix: dict[int, tuple[Prefix, int]] = {}
    for prefix in prefixes:
        for index, call in enumerate(prefix.calls):
            of_prefix[id(call)] = (prefix, index)
    found = []
    for call in calls:
        if call.cost_now is None:
            continue
        prefixed = of_prefix.get(id(call))
        kind, basis = _kind(call, prefixed[0] if prefixed is not None else None)
        found.append(Sorted(call, kind, _levers(call, kind, prefixed), basis))
    return found


def _kind(call: Call, prefix: Prefix | None) -> tuple[Kind, Basis]:
    """The bucket of a call, and what that rests on."""
    site = call.site
    if call.row.tier in _BULK_TIERS:
        return BATCHED, "traffic"
    if call.is_conversation:
        return CHAT, "traffic"
    if site is not None and site.has_fan_out and not site.is_interactive and (call.burst is not None or call.row.end is None):
        is_serial = call.burst.kind == "serial" if call.burst is not None else _CONCURRENT not in site.codes
        return (SERIAL if is_serial else PARALLEL), "source"
    if call.burst is not None and site is None:
        return (SERIAL if call.burst.kind == "serial" else PARALLEL), "guess"
    if call.model is not None and call.model.tier == "premium":
        if site is not None and _SIMPLE_TASK in site.codes:
            return PREMIUM, "source"
        if site is not None and _PREMIUM in site.codes:
            return PREMIUM, "guess"
        if site is None and 0 < call.row.tokens.output <= SHORT_ANSWER:
            return PREMIUM, "guess"
    if prefix is not None and _is_cacheable(prefix) and call.prefix_tokens >= REPEATED_SHARE * call.row.tokens.prompt:
        return (CACHED, "traffic") if prefix.is_cached else (UNCACHED, "traffic")
    if call.row.prompt is None:
        return UNKNOWN, "traffic"
    return FIRST, "traffic"


def _is_cacheable(prefix: Prefix) -> bool:
    model = prefix.calls[0].model
    return model is not None and model.cache_minimum is not None and prefix.tokens >= model.cache_minimum


def _levers(call: Call, kind: Kind, prefixed: tuple[Prefix, int] | None) -> Levers:
    now = call.cost_now or _ZERO
    cached, tokens = now, call.row.tokens
    prefix, index = prefixed or (None, 0)
    if prefix is not None and prefix.best is not None and not prefix.is_cached and call.model is not None:
        tokens = prefix.replayed[prefix.best][index]
        cached = price(call.model, tokens, call.row.tier) or now
    batched = cached
    if kind in (SERIAL, PARALLEL) and call.model is not None:
        # The batching client sends a request that writes a cache entry ahead, at full price, and the rows of the batch read that.
        is_ahead = tokens is not call.row.tokens and tokens.write > 0
        as_batch = price(call.model, tokens, "standard" if is_ahead else "batch")
        batched = min(cached, as_batch) if as_batch is not None else cached
    return Levers(now, cached, batched, batched * model_ratio(call.model, call.site, kind))


def model_ratio(model: Model | None, site: Site | None, kind: Kind) -> Decimal:
    """What a call would cost elsewhere, as a share: on the model that a finding names, else for premium models on the vendor's next lower tier."""
    catalog = Catalog.bundled()
    fixes = [finding.fix for finding in site.findings if finding.code in MODEL_RULES] if site is not None else []
    made = [fix for fix in fixes if fix is not None and fix.applicability is not Applicability.DISPLAY_ONLY]
    written = [model_of(edit.text.strip("\"'")) for fix in made for edit in fix.edits]
    lower = next((each for each in written if each is not None), None)
    if lower is None and model is not None and kind is PREMIUM:
        lower = catalog.next_tier(model)
    ratio = catalog.price_ratio(model, lower) if model is not None and lower is not None else None
    return 1 / Decimal(str(ratio)) if ratio is not None and ratio > 1 else Decimal(1)
