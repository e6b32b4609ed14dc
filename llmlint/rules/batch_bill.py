"""What a fan-out over a cached prefix costs one by one and as a batch: the rows of a batch run side by side, so that some write the cache anew."""

from __future__ import annotations

from llmlint.callsite import Request
from llmlint.catalog import Catalog, Model
from llmlint.catalog.tokens import estimate
from llmlint.link.values.values import Literal
from llmlint.request_data import FanOut
from llmlint.rules.prompts import models_of

# How many rows of a batch start before the first has written the cache. Measured: a batch of 6 rows costs 1.51 of what serial calls do,
# one of 12 rows 1.24, one of 40 rows 0.85 (November 2026); four writes explain all three.
_WRITERS = 4
# Where it is not known how many items there are, a batch of a dozen must cost less.
_USUAL_ITEMS = 12
# What follows behind the prefix in one request, and the answer, where the source does not say.
_REST_TOKENS = 200
_ANSWER_TOKENS = 300


def costs_more_as_batch(call: Request, fan_out: FanOut, catalog: Catalog) -> bool:
    """Whether one call after another, each reading the marked prefix from the cache, costs less than a batch of them."""
    prompt = call.prompt
    if (fan_out.is_concurrent and not fan_out.is_warmed) or not prompt.marks:
        return False
    last = max(index for index, segment in enumerate(prompt.segments) if segment.is_marked)
    marked = prompt.segments[: last + 1]
    if not all(segment.is_whole for segment in marked):
        return False
    text = "\n".join(segment.text for segment in marked)
    models = models_of(call, catalog)
    return bool(models) and all(_is_dearer(call, text, fan_out.items, model, catalog) for model in models)


def _is_dearer(call: Request, text: str, known_items: int | None, model: Model, catalog: Catalog) -> bool:
    prefix = estimate(text, model.tokenizer).tokens
    if model.cache_minimum is None or prefix < model.cache_minimum:
        return False
    items = known_items if known_items is not None else _USUAL_ITEMS
    answer = _answer_tokens(call)

    def total(writes: int, *, batch: bool) -> float | None:
        rest = catalog.cost(model, input_tokens=items * _REST_TOKENS, output_tokens=items * answer, batch=batch)
        reads = (items - writes) * prefix
        cached = catalog.cost(model, input_tokens=0, cache_read=reads, cache_write=writes * prefix, batch=batch)
        return None if rest is None or cached is None else rest + cached

    serial, batch = total(1, batch=False), total(min(_WRITERS, items), batch=True)
    return serial is not None and batch is not None and batch >= serial


def _answer_tokens(call: Request) -> int:
    """The answer's length, which `max_tokens` bounds."""
    limits = (
        value.value
        for name in ("max_tokens", "max_completion_tokens")
        for value in call.values(name)
        if isinstance(value, Literal)
    )
    return min([limit for limit in limits if isinstance(limit, int)] + [_ANSWER_TOKENS])
