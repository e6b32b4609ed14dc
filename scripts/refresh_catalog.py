"""Make llmlint/catalog/models.json from the genai-prices package and scripts/catalog_overrides.toml.

Usage: python scripts/refresh_catalog.py            write the table
       python scripts/refresh_catalog.py --check    exit 1 if it is stale or was edited by hand; write nothing

Needs Python 3.11 or later and the version of genai-prices that the overrides name; touches no network. The result depends on
these two inputs only, not on the day: prices that change on a date are resolved as of the snapshot's day.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import json
import sys
from pathlib import Path
from typing import Any

from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ClauseEquals, ClauseOr, ModelInfo, ModelPrice

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
OVERRIDES = ROOT / "scripts" / "catalog_overrides.toml"
TABLE = ROOT / "llmlint" / "catalog" / "models.json"

# Our names of prices, and genai-prices'.
PRICES = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write_5m": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
}
# Ways to send a request for less, and how genai-prices names them.
DISCOUNTS = {"batch": {"processing": "batch"}, "flex": {"service_tier": "flex"}}
DISCOUNTED = tuple(f"{discount}_{name}" for discount in DISCOUNTS for name in ("input", "output"))


# What a request of a model may hold, where the overrides do not say.
REQUESTS: dict[str, Any] = dict.fromkeys(("thinks", "budgets", "prefill", "max_tokens"), False)
REQUESTS |= dict.fromkeys(("off", "least", "room", "room_source"))
LEVELS = ("sampling", "forced_tools", "chat_tools")


class CatalogError(Exception):
    """The inputs contradict each other; the message says what to edit."""


def build(overrides: dict[str, Any]) -> str:
    """The whole text of the table."""
    snapshot = overrides["prices"]
    installed = importlib.metadata.version(snapshot["package"])
    if installed != snapshot["version"]:
        raise CatalogError(
            f"{snapshot['package']} {installed} is installed, but the overrides name {snapshot['version']}: "
            f"install that, or edit version and date under [prices] in {OVERRIDES.name}"
        )
    priced = {(provider.id, model.id): model for provider in get_snapshot().providers for model in provider.models}
    label = f"{snapshot['package']} {snapshot['version']}"
    sources = {"prices": f"{label}, read {snapshot['date']}", **overrides["sources"]}
    rows = []
    aliases: dict[str, str] = {}
    for model_id, given in overrides["models"].items():
        rows.append(_row(model_id, given, overrides["families"], priced, snapshot["date"]))
        aliases |= dict.fromkeys(given.get("aliases", ()), model_id)
    for vendor, given in overrides["others"].items():
        for model_id in given["models"]:
            info = priced.get((given["priced_as"], model_id))
            if info is None:
                raise CatalogError(f"others.{vendor}: the price list has no {model_id}")
            rows.append(_other_row(model_id, vendor, info, snapshot["date"]))
            # What `-latest` names changes, and the list may not have noticed.
            names = {name for name in _names_of(info.match) if not name.endswith("-latest")}
            aliases |= dict.fromkeys(sorted(names - {model_id}), model_id)
    _check(rows, aliases, sources, overrides)
    document = {
        "generated": f"Made by scripts/refresh_catalog.py from {label} and scripts/catalog_overrides.toml. Do not edit.",
        "date": str(snapshot["date"]),
        "sources": sources,
        "current": overrides["current"],
        "aliases": aliases,
        "requests": {name: _requests(name, given) for name, given in overrides["requests"].items()},
        "models": rows,
    }
    return json.dumps(document, indent=1) + "\n"


def _row(
    model_id: str,
    given: dict[str, Any],
    families: dict[str, Any],
    priced: dict[tuple[str, str], ModelInfo],
    day: datetime.date,
) -> dict[str, Any]:
    family = families[given["family"]]
    facts = {**family, **given}
    row: dict[str, Any] = {
        "id": model_id,
        "vendor": family["vendor"],
        "family": given["family"],
        "tier": facts.get("tier"),
        "tokenizer": facts["tokenizer"],
        "snapshot": facts.get("snapshot"),
        "requests": facts.get("requests") or None,
    }
    row |= dict.fromkeys((*PRICES, *DISCOUNTED, "price_source", "price_date"))
    info = priced.get((family["vendor"], given.get("priced_as", model_id)))
    if info is not None:
        if "prices" in given:
            raise CatalogError(f"{model_id}: the price list has it now; remove its prices from {OVERRIDES.name}")
        row |= _prices(info, day) | {"price_source": "prices", "price_date": str(day)}
        if "priced_as" in given:
            # The flex tier is for some models only: that another one takes it does not say that this one does.
            row |= {"flex_input": None, "flex_output": None}
    elif "prices" in given:
        row |= {name: float(price) for name, price in given["prices"].items()}
        row |= {"price_source": given["price_source"], "price_date": str(given["price_date"])}
    elif "priced_as" in given:
        raise CatalogError(f"{model_id}: the price list has no {given['priced_as']}")
    minimum = facts.get("minimum") or None
    row |= {"cache_minimum": minimum, "cache_minimum_source": facts["minimum_source"] if minimum else None}
    for name in ("released", "retires", "successor"):
        value = given.get(name)
        row[name] = None if value is None else str(value)
        row[f"{name}_source"] = None if value is None else given[f"{name}_source"]
    return row


def _other_row(model_id: str, vendor: str, info: ModelInfo, day: datetime.date) -> dict[str, Any]:
    """A model of a vendor of which only prices are known."""
    row = _row(model_id, {"family": vendor}, {vendor: {"vendor": vendor, "tokenizer": "openai"}}, {(vendor, model_id): info}, day)
    if row["input"] is None or row["output"] is None:
        raise CatalogError(f"others.{vendor}: {model_id} has no price for text")
    return row


def _names_of(clause: object) -> set[str]:
    """The names that the price list gives a model, as far as it spells them out."""
    if isinstance(clause, ClauseOr):
        return {name for each in clause.or_ for name in _names_of(each)}
    return {clause.equals} if isinstance(clause, ClauseEquals) else set()


def _requests(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """What requests of some models may hold."""
    row = {**REQUESTS, **given}
    if set(row) != {*REQUESTS, *LEVELS, "source"} or any(row[level] not in ("always", "off", "never") for level in LEVELS):
        raise CatalogError(f"requests.{name}: unknown or missing keys, or a level that is none of always, off, never")
    if (row["room"] is not None) is not row["thinks"]:
        raise CatalogError(f"requests.{name}: a model that thinks has room for that, and no other")
    return row


def _prices(info: ModelInfo, day: datetime.date) -> dict[str, float | None]:
    """USD per million tokens as of a day, for prompts of the base length; those of a batch and of the flex tier only
    where they are listed."""
    noon = datetime.datetime.combine(day, datetime.time(12), datetime.timezone.utc)
    standard = info.get_prices(noon)
    prices = {ours: _base(standard, theirs) for ours, theirs in PRICES.items()}
    for discount, when in DISCOUNTS.items():
        discounted = ModelPrice()
        for variant in info.price_variants or ():
            if variant.when == when and (variant.constraint is None or variant.constraint.active(noon)):
                discounted = variant.prices
        prices |= {f"{discount}_{name}": _base(discounted, PRICES[name]) for name in ("input", "output")}
    return prices


def _base(prices: ModelPrice, field: str) -> float | None:
    value = getattr(prices, field)
    value = getattr(value, "base", value)
    return None if value is None else float(value)


def _check(rows: list[dict[str, Any]], aliases: dict[str, str], sources: dict[str, str], overrides: dict[str, Any]) -> None:
    """That every name points to something, so that a typing error cannot ship."""
    ids = {row["id"] for row in rows}
    for name, given in overrides["requests"].items():
        if given.get("source") not in sources:
            raise CatalogError(f"requests.{name}: no such source: {given.get('source')}")
        if given.get("room_source") not in (None, *sources):
            raise CatalogError(f"requests.{name}: no such source: {given['room_source']}")
    for row in rows:
        named = {name: row[name] for name in row if name.endswith("_source") and row[name] is not None}
        if missing := sorted(set(named.values()) - set(sources)):
            raise CatalogError(f"{row['id']}: no such source: {', '.join(missing)}")
        if row["requests"] is not None and row["requests"] not in overrides["requests"]:
            raise CatalogError(f"{row['id']}: no such requests: {row['requests']}")
        if row["successor"] is not None and row["successor"] not in ids:
            raise CatalogError(f"{row['id']}: no such successor: {row['successor']}")
    if clashes := sorted(set(aliases) & ids):
        raise CatalogError(f"both an alias and a model: {', '.join(clashes)}")
    for vendor, tiers in overrides["current"].items():
        for tier, model_id in tiers.items():
            if not any((row["id"], row["vendor"], row["tier"]) == (model_id, vendor, tier) for row in rows):
                raise CatalogError(f"current.{vendor}.{tier}: {model_id} is no {tier} model of {vendor}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the model catalogue from genai-prices and the overrides.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the table is stale or hand-edited")
    parser.add_argument("--table", type=Path, default=TABLE, help="the table to write or to check")
    arguments = parser.parse_args()
    try:
        text = build(tomllib.loads(OVERRIDES.read_text(encoding="utf-8")))
    except CatalogError as error:
        print(f"refresh_catalog: {error}", file=sys.stderr)
        return 1
    if not arguments.check:
        arguments.table.write_text(text, encoding="utf-8", newline="\n")
        return 0
    if arguments.table.is_file() and arguments.table.read_text(encoding="utf-8") == text:
        return 0
    print(
        f"refresh_catalog: {arguments.table} is stale or was edited by hand; run python scripts/refresh_catalog.py",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
