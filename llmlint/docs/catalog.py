"""What the catalogue knows, how old that is, and what it lacks: `llmlint catalog`, and docs/facts.md."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator

from llmlint.catalog import Catalog, Model
from llmlint.sdks import all_sdks
from llmlint.sdks.shape import Api

# After so many days, prices and ends of models have mostly changed somewhere.
_OLD = 60
_COLUMNS = ("Model", "Tier", "Input", "Output", "Cache read", "Caches from", "Retires", "Successor")


def age_in_words(catalog: Catalog, today: datetime.date) -> str:
    """`Prices of 2026-11-22, 4 days old.`"""
    days = max((today - catalog.date).days, 0)
    old = "; a newer release of llmlint may have others" if days > _OLD else ""
    return f"Prices of {catalog.date}, {days} day{'' if days == 1 else 's'} old{old}."


def missing(catalog: Catalog) -> dict[str, list[str]]:
    """What is not known of models that are still served, by what is missing."""
    served = [model for model in catalog.models.values() if model.retires is None or model.retires > catalog.date]
    return {
        "price": [model.id for model in served if model.input is None],
        "price of a cache read": [model.id for model in served if model.input is not None and model.cache_read is None],
        "smallest prompt that is cached": [
            model.id for model in served if model.cache_read is not None and model.cache_minimum is None
        ],
        "tier": [model.id for model in served if model.tier is None],
        "what its requests may hold (no fix changes to it)": [model.id for model in served if model.requests is None],
    }


def ends_soon(catalog: Catalog, today: datetime.date) -> list[Model]:
    """The models that are retired within the next hundred days, the first first."""
    last = today + datetime.timedelta(days=100)
    found = [model for model in catalog.models.values() if model.retires is not None and today < model.retires <= last]
    return sorted(found, key=lambda model: (str(model.retires), model.id))


def catalog_text(catalog: Catalog, today: datetime.date) -> str:
    """The catalogue for a person in a terminal."""
    by_vendor = {vendor: sum(model.vendor == vendor for model in catalog.models.values()) for vendor in _vendors(catalog)}
    lines = [age_in_words(catalog, today), f"Models: {', '.join(f'{count} of {vendor}' for vendor, count in by_vendor.items())}."]
    lines += [
        f"{model.id} ends on {model.retires}; successor: {model.successor or 'none'}" for model in ends_soon(catalog, today)
    ]
    for what, models in missing(catalog).items():
        if models:
            lines.append(f"Not known, {what}: {', '.join(models)}")
    return "\n".join(lines) + "\n"


def catalog_json(catalog: Catalog, today: datetime.date) -> str:
    """The same for other programs."""
    document = {
        "date": str(catalog.date),
        "age_days": max((today - catalog.date).days, 0),
        "models": len(catalog.models),
        "ends": [
            {"model": model.id, "date": str(model.retires), "successor": model.successor} for model in ends_soon(catalog, today)
        ],
        "missing": missing(catalog),
    }
    return json.dumps(document, indent=2) + "\n"


def facts_page(catalog: Catalog) -> str:
    """The text of docs/facts.md."""
    return "\n".join([*_head(catalog), *_clients(), *_models(catalog), *_gaps(catalog), *_sources(catalog)]) + "\n"


def _head(catalog: Catalog) -> list[str]:
    return [
        "# Facts",
        "",
        "This page is generated from `llmlint/sdks` and the model catalogue by `scripts/generate_docs.py`. `llmlint catalog` says how old the",
        f"catalogue is and what it lacks. Prices were read on {catalog.date}; `scripts/refresh_catalog.py` makes the catalogue from a price list",
        "and `scripts/catalog_overrides.toml`, where each figure has its source.",
        "",
    ]


def _clients() -> Iterator[str]:
    yield from ("## Clients", "", "| SDK | Packages | API | Batch API | Cache | Fixes |", "|---|---|---|---|---|---|")
    for sdk in all_sdks():
        for name, api in sdk.apis.items():
            packages = ", ".join(f"`{package}`" for package in sorted(sdk.packages))
            fixes = "yes" if sdk.takes_fixes else "no"
            yield f"| {sdk.name} | {packages} | {name} | {api.batch or 'none'} | {_cache(api)} | {fixes} |"
    yield ""


def _cache(api: Api) -> str:
    if not api.caches_prefixes:
        return "none"
    said = (["breakpoints for Claude"] if api.takes_breakpoints else []) + (["`prompt_cache_key`"] if api.takes_cache_key else [])
    return " and ".join(said) or "by itself"


def _models(catalog: Catalog) -> Iterator[str]:
    yield from (
        "## Models",
        "",
        "USD per million tokens on the vendor's own API. Models that are retired by that day are left out.",
        "",
    )
    for vendor in _vendors(catalog):
        yield from (f"### {vendor}", "", f"| {' | '.join(_COLUMNS)} |", f"|{'---|' * len(_COLUMNS)}")
        for model in catalog.models.values():
            if model.vendor == vendor and (model.retires is None or model.retires > catalog.date):
                yield f"| {' | '.join(_row(model))} |"
        yield ""


def _row(model: Model) -> list[str]:
    prices = [f"{price:g}" if price is not None else "" for price in (model.input, model.output, model.cache_read)]
    least = f"{model.cache_minimum:,}" if model.cache_minimum is not None else ""
    return [model.id, model.tier or "", *prices, least, str(model.retires or ""), model.successor or ""]


def _gaps(catalog: Catalog) -> Iterator[str]:
    yield from ("## Not known", "", "A rule that needs one of these figures stays silent.", "")
    for what, models in missing(catalog).items():
        if models:
            yield f"- {what}: {', '.join(models)}"
    yield ""


def _sources(catalog: Catalog) -> Iterator[str]:
    yield from ("## Sources", "")
    fields = ("price_source", "cache_minimum_source", "released_source", "retires_source", "successor_source")
    found = {str(getattr(model, field)) for model in catalog.models.values() for field in fields if getattr(model, field)}
    found |= {model.requests.source for model in catalog.models.values() if model.requests is not None}
    yield from (f"- {source}" for source in sorted(found))


def _vendors(catalog: Catalog) -> list[str]:
    return list(dict.fromkeys(model.vendor for model in catalog.models.values()))
