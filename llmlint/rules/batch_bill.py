"""What a fan-out over a cached prefix costs one by one and as a batch of the batching client (`fixes/batch/templates/llm_batches.py.in`).

The rows of a batch run side by side, so each may pay for writing the prefix. The client therefore sends one request ahead as an ordinary
call that writes it for an hour, where enough of them share it, and drops the breakpoints where they do not.
"""

from __future__ import annotations

import math

from llmlint.callsite import Request
from llmlint.catalog import Catalog, Model
from llmlint.catalog.tokens import estimate
from llmlint.link.values.values import Literal
from llmlint.request_data import FanOut
from llmlint.rules.prompts import models_of

# From how many requests, and characters, on the client writes a shared prefix ahead: `SHARED_BY` and `SHARED_CHARACTERS` there.
_SHARED_BY, _SHARED_CHARACTERS = 6, 2_000
# A write for an hour, in units of the input price (one for five minutes costs 1.25 of it).
_HOUR = 2.0
# Where it is not known how many items there are, a batch of a dozen must cost less.
_USUAL_ITEMS = 12
# What follows behind the prefix in one request, and the answer, where the source does not say.
_REST_TOKENS = 200
_ANSWER_TOKENS = 300


def costs_more_as_batch(call: Request, fan_out: FanOut, catalog: Catalog) -> bool:
    """Whether one call after another, each reading the prefix up to the breakpoint from the cache, costs less than a batch of them."""
    prompt = call.prompt
    if (fan_out.is_concurrent and not fan_out.is_warmed) or not prompt.breakpoints:
        return False
    last = max(index for index, segment in enumerate(prompt.segments) if segment.has_breakpoint)
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

    def cost(count: int, *, plain: int = 0, read: int = 0, written: int = 0, batch: bool = False) -> float:
        """What `count` requests cost, with so many tokens of prefixes."""
        tokens = {"input_tokens": plain + count * _REST_TOKENS, "output_tokens": count * answer}
        price = catalog.cost(model, **tokens, cache_read=read, cache_write=written, batch=batch)
        return price if price is not None else math.nan

    serial = cost(items, read=(items - 1) * prefix, written=prefix)
    if items >= _SHARED_BY and len(text) >= _SHARED_CHARACTERS:
        ahead = cost(1, plain=round(_HOUR * prefix))
        batch = ahead + cost(items - 1, read=(items - 1) * prefix, batch=True)
    else:
        batch = cost(items, plain=items * prefix, batch=True)
    return batch >= serial


def _answer_tokens(call: Request) -> int:
    """The answer's length, which `max_tokens` bounds."""
    limits = (
        value.value
        for name in ("max_tokens", "max_completion_tokens")
        for value in call.values(name)
        if isinstance(value, Literal)
    )
    return min([limit for limit in limits if isinstance(limit, int)] + [_ANSWER_TOKENS])
