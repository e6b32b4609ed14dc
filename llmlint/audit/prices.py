"""What tokens of an audit cost by the catalogue's list prices, exactly."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from llmlint.audit.rows import Row, Tokens
from llmlint.catalog import Catalog, Model

_MILLION = Decimal(1_000_000)
_BATCH_TIERS = frozenset({"batch", "flex"})


@lru_cache(maxsize=4096)
def model_of(spelling: str) -> Model | None:
    """The catalogue's model of a name, also of the display names in cost reports ("Claude Opus 5.5"); None where it has none."""
    catalog = Catalog.bundled()
    found = catalog.find(spelling) or catalog.find(spelling.strip().lower().replace(" ", "-").replace(".", "-"))
    return found.model if found is not None else None


def price(model: Model, tokens: Tokens, tier: str = "standard") -> Decimal | None:
    """USD for tokens; None where a price that they need is not known, as for `fast` and `priority`.

    Batch and flex cost what the catalogue says for batches, and half where it says nothing. Tokens in the cache fall as input does.
    """
    if model.input is None or (model.output is None and tokens.output) or tier not in ("standard", *_BATCH_TIERS):
        return None
    base, output = _exact(model.input), _exact(model.output or 0.0)
    read = base if model.cache_read is None else _exact(model.cache_read)
    short = base if model.cache_write_5m is None else _exact(model.cache_write_5m)
    long = 2 * base if model.cache_write_1h is None else _exact(model.cache_write_1h)
    if model.cache_write_1h is None and model.vendor != "anthropic":
        long = short
    dollars = tokens.input * base + tokens.read * read + tokens.write_5m * short + tokens.write_1h * long
    if tier in _BATCH_TIERS:
        dollars *= (_exact(model.batch_input) if model.batch_input is not None else base / 2) / base
        output = _exact(model.batch_output) if model.batch_output is not None else output / 2
    return (dollars + tokens.output * output) / _MILLION


def _exact(value: float) -> Decimal:
    return Decimal(str(value))


def compute(row: Row) -> None:
    """Give a row its computed cost, where its model and tier have a price."""
    model = model_of(row.model) if row.model and not row.is_cost_only else None
    row.cost = price(model, row.tokens, row.tier) if model is not None else None
