"""What a thousand calls cost before and after a fix, beyond caching: another model, a batch, a breakpoint that moves."""

from __future__ import annotations

from llmlint.callsite import Request
from llmlint.catalog import Catalog, Model
from llmlint.catalog.tokens import estimate
from llmlint.findings import Saving
from llmlint.rules.prompts import Prefix, models_of

# Ordinary prose, to tell how many tokens a text is of which only the length is known.
_PROSE = "The quick brown fox jumps over the lazy dog, and the dog does not mind at all. " * 20
_OUTPUT = "the output costs extra, and comes down with it"
# Of a request that is mostly made of what the source does not show, the few tokens that it does show are no measure.
_FEWEST_TOKENS = 100


def known_tokens(call: Request, tokenizer: str) -> int:
    """About how many tokens of a request the source determines."""
    segments = call.prompt.segments
    text = sum(estimate(segment.text, tokenizer).tokens for segment in segments if segment.text)
    rest = sum(segment.rest_chars for segment in segments)
    return text + round(rest * estimate(_PROSE, tokenizer).tokens / len(_PROSE))


def _priced_tokens(call: Request, model: Model) -> int:
    """The known tokens of a request, or 0 where they say little of what it costs."""
    tokens = known_tokens(call, model.tokenizer)
    is_whole = all(segment.is_whole for segment in call.prompt.segments)
    return tokens if is_whole or tokens >= _FEWEST_TOKENS else 0


def model_saving(call: Request, model: Model, target: Model, catalog: Catalog) -> Saving | None:
    """What the known input costs on a model and on another one; None where that is not known, or is not less."""
    tokens = _priced_tokens(call, model)
    ratio = catalog.price_ratio(model, target)
    if not tokens or not model.input or not ratio or ratio <= 1:
        return None
    now = tokens * model.input / 1000
    return Saving(now, now / ratio, (f"{_input(tokens)}; {_OUTPUT}", _prices(model, target, catalog)))


def batch_saving(call: Request, catalog: Catalog) -> Saving | None:
    """What the known input costs in ordinary calls and in a batch."""
    models = models_of(call, catalog)
    model = models[0] if models else None
    if model is None or not model.input or model.batch_input is None:
        return None
    tokens = _priced_tokens(call, model)
    if not tokens:
        return None
    price = (
        f"{model.id}: ${model.input:g} input, ${model.batch_input:g} in a batch, per million tokens (catalogue of {catalog.date})"
    )
    return Saving(tokens * model.input / 1000, tokens * model.batch_input / 1000, (f"{_input(tokens)}; {_OUTPUT}", price))


def written_in_vain(prefix: Prefix, catalog: Catalog) -> Saving | None:
    """What a prefix costs that each call writes to the cache, and what it costs where it is read."""
    model = prefix.model
    if model is None or model.input is None or model.cache_read is None or model.cache_write_5m is None:
        return None
    price = f"{model.id}: ${model.cache_write_5m:g} cache write, ${model.cache_read:g} cache read per million tokens (catalogue of {catalog.date})"
    size = f"about {prefix.tokens:,} tokens are the same in each call, and are written to the cache by each"
    now, read = prefix.tokens * model.cache_write_5m / 1000, prefix.tokens * model.cache_read / 1000
    return Saving(now, read, (size, price))


def _input(tokens: int) -> str:
    return f"about {tokens:,} tokens of input that the source determines"


def _prices(model: Model, target: Model, catalog: Catalog) -> str:
    prices = ", ".join(f"{each.id} ${each.input:g}" for each in (model, target))
    return f"input per million tokens: {prices} (catalogue of {catalog.date}); the same text may be more tokens for one of them"
