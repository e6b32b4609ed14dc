"""The model catalogue: which models there are, what they cost, from how many tokens they cache, and when they retire.

Importing this package is cheap: the table is read on the first `Catalog.bundled()`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from llmlint.catalog.match import ModelRef, Spelling, claude_key, is_claude, parse, vendor_of
from llmlint.catalog.models import Model, Table, load_table

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping

__all__ = ["Catalog", "Model", "ModelRef", "is_claude", "vendor_of"]

# "The same text is about 30 % more tokens than on earlier models" (Haiku 5.5 overview page, October 2026).
_TOKENIZER_WEIGHT = {"claude-4.7": 1.3}
# Where the provider's own retirement dates hold: Bedrock, Google Cloud and Azure keep dates of their own
# (model-deprecations page, August 2026), and routers serve a model as long as any host does.
_PROVIDER_DATES = frozenset({"anthropic", "openai", "foundry", "google"})
_LOWER_TIER = {"premium": "mid", "mid": "small"}


Prices = tuple[tuple[str, tuple[tuple[str, float], ...]], ...]
"""Prices of somebody's own, as the settings have them: by the name of a model, and by what they are for."""


# Vendors that the catalogue has for their prices alone, and what may stand before a model's name: a region on Bedrock, a vendor elsewhere.
_OTHER_VENDORS = frozenset({"mistral", "cohere", "groq", "aws"})
_OTHER_PREFIX = re.compile(
    r"(?:(?:mistral|mistralai|cohere|cohere_chat|groq|bedrock|bedrock_converse)[/:])?(?:(?:us|eu|apac|global)\.)?"
)


class Catalog:
    """The models, and the questions that rules ask of them. `date` is the day on which its prices were read."""

    def __init__(self, table: Table) -> None:
        self.date: datetime.date = table.date
        self.models: Mapping[str, Model] = table.models
        self._current = table.current
        self._by_key = {key: table.models[model_id] for key, model_id in table.aliases.items()}
        for model in table.models.values():
            is_anthropic = model.vendor == "anthropic"
            self._by_key[claude_key(model.id) if is_anthropic else model.id] = model
            if is_anthropic and model.successor is None:
                self._by_key[f"{model.family}-latest"] = model

    @classmethod
    def bundled(cls) -> Catalog:
        """The catalogue that ships with the package, read once a process."""
        return _bundled()

    @staticmethod
    def with_prices(prices: Prices) -> Catalog:
        """The catalogue with prices of somebody's own."""
        return _priced(prices) if prices else Catalog.bundled()

    def get(self, model_id: str) -> Model | None:
        """The model of a canonical id such as `claude-opus-4-5`; None if there is none."""
        return self.models.get(model_id)

    def find(self, spelling: str) -> ModelRef | None:
        """The model that a name in source code means, on whatever platform; None if it is no name of a known model."""
        parts = parse(spelling)
        if parts is None:
            return self._of_another_vendor(spelling)
        for key in parts.keys:
            if model := self._by_key.get(key):
                return ModelRef(model, spelling, parts.platform, parts.variant, parts.is_fine_tuned, parts)
        return None

    def _of_another_vendor(self, spelling: str) -> ModelRef | None:
        """A model of a vendor of which only prices are known, by its exact name, behind the prefix that litellm and LangChain have for that."""
        found = _OTHER_PREFIX.match(spelling)
        prefix = found[0] if found else ""
        name = spelling[len(prefix) :]
        model = self._by_key.get(name)
        if model is None or model.vendor not in _OTHER_VENDORS:
            return None
        parts = Spelling(model.vendor, model.vendor, prefix, (name,))
        return ModelRef(model, spelling, model.vendor, None, False, parts)

    def current(self, vendor: str, tier: str) -> Model:
        """The vendor's current model of a tier: the one to compare with and to point to. Raises KeyError for others."""
        return self.models[self._current[vendor][tier]]

    def next_tier(self, model: Model) -> Model | None:
        """The current model one tier below: premium to mid, mid to small; None for small models and those without a tier."""
        lower = _LOWER_TIER.get(model.tier or "")
        return self.current(model.vendor, lower) if lower else None

    def cache_minimum(self, model: Model) -> int | None:
        """The smallest prompt prefix in tokens that the model can cache; None where it does not cache, or nobody says."""
        return model.cache_minimum

    def retirement(self, reference: ModelRef) -> datetime.date | None:
        """The day on which requests for the model fail, past or announced; None where it is not known, as on other platforms."""
        return reference.model.retires if reference.platform in _PROVIDER_DATES else None

    def cost(
        self,
        model: Model,
        *,
        input_tokens: int,
        output_tokens: int = 0,
        cache_read: int = 0,
        cache_write: int = 0,
        batch: bool = False,
    ) -> float | None:
        """What one request costs in USD; None where a price that it needs is not known.

        All arguments are tokens. `input_tokens` are those neither read from the cache nor written to it; written ones are
        priced for the five-minute cache. In a batch the cache prices fall as the input price does (Message Batches
        pricing, 2026-10-14).
        """
        input_price = model.batch_input if batch else model.input
        output_price = model.batch_output if batch else model.output
        if input_price is None or model.input is None or (output_price is None and output_tokens):
            return None
        discount = input_price / model.input
        read_price = model.input if model.cache_read is None else model.cache_read
        write_price = model.input if model.cache_write_5m is None else model.cache_write_5m
        total = input_tokens * input_price + output_tokens * (output_price or 0.0)
        total += (cache_read * read_price + cache_write * write_price) * discount
        return total / 1_000_000

    def price_ratio(self, model: Model, other: Model) -> float | None:
        """How many times as much the same text costs as input of `model` than of `other`, on its own API.

        Counts that one tokenizer makes more tokens of a text than another. None across vendors and without prices.
        """
        if model.vendor != other.vendor or not model.input or not other.input:
            return None
        weight = _TOKENIZER_WEIGHT.get(model.tokenizer, 1.0) / _TOKENIZER_WEIGHT.get(other.tokenizer, 1.0)
        return model.input / other.input * weight


_PRICE_FIELDS = {
    "input": "input",
    "output": "output",
    "cache-read": "cache_read",
    "cache-write": "cache_write_5m",
    "batch-input": "batch_input",
    "batch-output": "batch_output",
}


@cache
def _priced(prices: Prices) -> Catalog:
    table = load_table()
    bundled = Catalog.bundled()
    changed: dict[str, Model] = {}
    for name, own in prices:
        reference = bundled.find(name)
        if reference is not None:
            model = changed.get(reference.model.id, reference.model)
            fields: dict[str, Any] = {_PRICE_FIELDS[key]: price for key, price in own}
            changed[model.id] = replace(model, **fields)
    return Catalog(replace(table, models={name: changed.get(name, model) for name, model in table.models.items()}))


@cache
def _bundled() -> Catalog:
    return Catalog(load_table())
