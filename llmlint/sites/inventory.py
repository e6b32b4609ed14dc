"""`llmlint sites`: every LLM call of a run, as JSON by the contract and as text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from llmlint.callsite import CallSite, Request
from llmlint.catalog import Catalog
from llmlint.catalog.match import vendor_of
from llmlint.catalog.tokens import estimate
from llmlint.report.base import place
from llmlint.report.terminal import Palette, visible
from llmlint.report.text import dollars
from llmlint.request_data import FanOut, ModelValue, Segment
from llmlint.run.base_run import BaseRun
from llmlint.sites.identity import identity_of
from llmlint.source import Span

CatalogOf = Callable[[str], Catalog]
"""The catalogue for a file: with the prices that its settings have."""

VERSION = 1

# Ordinary prose, to tell how many tokens a text is of which only the length is known.
_PROSE = "The quick brown fox jumps over the lazy dog, and the dog does not mind at all. " * 20


class Traced(NamedTuple):
    """The calls of one call site in exports, and what they cost in USD."""

    calls: int
    dollars: Decimal


_UNTRACED = Traced(0, Decimal(0))


class Traffic(NamedTuple):
    """What exports say of call sites, by the spans of these; and what calls cost that fit one call site, several or none."""

    sites: Mapping[Span, Traced]
    one: Decimal
    several: Decimal
    none: Decimal


def sites_json(run: BaseRun, sites: Iterable[CallSite], catalog_of: CatalogOf, traffic: Traffic | None = None) -> str:
    """`{"version": 1, "sites": […], "rows": […]}`, each in the order of the sites: `rows` are those of batches, which are sent by one call.

    With the traffic of exports each has `audit`: its `calls` and their `cost`, both 0 where no export has it; `audit` of the document says what fits
    one call site, several and none.
    """
    document: dict[str, Any] = {"version": VERSION, "sites": [], "rows": []}
    for site in sites:
        found = _site(run, site, catalog_of(site.span.path), traffic)
        document["rows" if site.richest.is_batch else "sites"].append(found)
    if traffic is not None:
        document["audit"] = {"one": f"{traffic.one:.6f}", "several": f"{traffic.several:.6f}", "none": f"{traffic.none:.6f}"}
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def _site(run: BaseRun, site: CallSite, catalog: Catalog, traffic: Traffic | None) -> dict[str, Any]:
    found = site_json(run, site, catalog)
    if traffic is not None:
        traced = traffic.sites.get(site.span, _UNTRACED)
        found["audit"] = {"calls": traced.calls, "cost": f"{traced.dollars:.6f}"}
    return found


def site_json(run: BaseRun, whole: CallSite, catalog: Catalog | None = None) -> dict[str, Any]:
    """One call site. Lines and columns count from 1; in a notebook they are inside `cell`, which counts from 0 and is else null.

    `static_tokens` estimates the known text that every call sends first, up to the first part that changes; `volatile_tokens` the
    known text behind that. `model` is the first value that the model can have, `models` are all of them. Where `requests` (one for each call
    path) differ, the prompt shown is the one of which most is known. `complete` is false where not all call paths were followed.
    `function`, `max_tokens`, `tools` and `known_texts` identify the call's requests in logs. A known text is given by its length and the first
    12 digits of its SHA-256, without the white space at its ends; it is how the system prompt or the first message starts, or stands inside.
    """
    site = whole.richest
    start, end = run.locate(site.span)
    identity = identity_of(whole)
    static, volatile = prompt_tokens(site)
    cost = cost_of(site, catalog)[2]
    models = [_model(run, model) for model in whole.models]
    return {
        "path": site.span.path,
        "cell": start.cell,
        "line": start.line,
        "end_line": end.line,
        "function": identity.function,
        "provider": site.provider,
        "api": site.api,
        "method": site.method,
        "client": site.client,
        "streaming": site.is_streaming,
        "batch": site.is_batch,
        "model": models[0] if models else {"value": None, "source": None, "at": None},
        "models": models,
        "prompt": {
            "static_tokens": static,
            "volatile_tokens": volatile,
            "cached": site.prompt.has_breakpoint or site.prompt.has_cache_key,
            "cost_per_1000_calls": cost,
            "segments": [_segment(run, site, segment) for segment in site.prompt.segments],
        },
        "fan_out": _fan_out(run, whole.fan_out),
        "max_tokens": sorted(identity.limits),
        "tools": sorted(identity.tools),
        "known_texts": [
            {
                "in": "system" if known.of_system else "message",
                "at": "start" if known.is_start else "inside",
                "whole": known.is_whole,
                "characters": len(known.text),
                "sha256": known.digest,
            }
            for known in identity.texts
        ],
        "interactive": whole.is_interactive,
        "requests": len(whole.requests),
        "complete": whole.is_complete,
    }


def prompt_tokens(site: Request) -> tuple[int, int]:
    """About how many tokens of known text stand before and behind the first part of the prompt that changes."""
    static = volatile = 0
    is_prefix = True
    for segment in site.prompt.segments:
        tokens, rest = segment_tokens(site, segment)
        if is_prefix:
            static += tokens
            volatile += rest
        else:
            volatile += tokens + rest
        is_prefix = is_prefix and segment.is_whole
    return static, volatile


def cost_of(request: Request, catalog: Catalog | None = None) -> tuple[str | None, int, float | None]:
    """The model of a request, the tokens of its prompt that the source determines, and what these cost for a thousand calls.

    What a cache breakpoint or key covers is taken to be read from the cache.
    """
    static, rest = prompt_tokens(request)
    catalog = catalog or Catalog.bundled()
    for value in request.models:
        reference = catalog.find(value.spelling)
        if reference is None:
            continue
        minimum = catalog.cache_minimum(reference.model)
        is_cached = (request.prompt.has_breakpoint or request.prompt.has_cache_key) and minimum is not None and static >= minimum
        read = static if is_cached else 0
        cost = catalog.cost(reference.model, input_tokens=static + rest - read, cache_read=read, batch=request.is_batch)
        return value.spelling, static + rest, None if cost is None else 1000 * cost
    return None, static + rest, None


def _segment(run: BaseRun, site: Request, segment: Segment) -> dict[str, Any]:
    tokens, rest = segment_tokens(site, segment)
    return {
        "kind": segment.kind,
        "role": segment.role,
        "static_tokens": tokens,
        "volatile_tokens": rest,
        "whole": segment.is_whole,
        "cached": segment.has_breakpoint,
        "at": _at(run, segment.at),
    }


def segment_tokens(site: Request, segment: Segment) -> tuple[int, int]:
    """About how many tokens of known text a part of the prompt has at its start, and behind what changes."""
    tokenizer = _tokenizer(site)
    static = estimate(segment.text, tokenizer).tokens if segment.text else 0
    rest = round(segment.rest_chars * estimate(_PROSE, tokenizer).tokens / len(_PROSE))
    return static, rest


def _tokenizer(site: Request) -> str:
    catalog = Catalog.bundled()
    for value in site.models:
        reference = catalog.find(value.spelling)
        if reference is not None:
            return reference.model.tokenizer
    return "claude-4.7" if site.vendor == "anthropic" else site.offers.tokenizer


def _named(model: ModelValue) -> str | None:
    """The name of a model to print. What a file holds is printed only where it is the name of a model: it may be a secret."""
    return None if model.source == "config" and vendor_of(model.spelling) is None else model.spelling


def _model(run: BaseRun, model: ModelValue) -> dict[str, Any]:
    return {"value": _named(model), "source": model.source, "at": _at(run, model.at)}


def _fan_out(run: BaseRun, fan_out: FanOut | None) -> dict[str, Any] | None:
    if fan_out is None:
        return None
    return {
        "kind": fan_out.kind,
        "concurrent": fan_out.is_concurrent,
        "items": fan_out.items,
        "confidence": fan_out.confidence.label,
        "at": _at(run, fan_out.at),
    }


def _at(run: BaseRun, span: Span) -> dict[str, Any]:
    start = run.locate(span)[0]
    return {"path": span.path, "cell": start.cell, "line": start.line, "column": start.column}


def sites_text(
    run: BaseRun, sites: Sequence[CallSite], color: bool, catalog_of: CatalogOf, traffic: Traffic | None = None
) -> str:
    """One line a call, and how many there are; with the traffic of exports, what each cost."""
    palette = Palette(color)
    lines = []
    for site in sites:
        where = palette.bold(place(site.span.path, run.locate(site.span)[0]))
        lines.append(f"{where}: {', '.join((*_spent(site, traffic), *_facts(site, catalog_of(site.span.path))))}\n")
    calls = "1 LLM call" if len(sites) == 1 else f"{len(sites)} LLM calls"
    lines.append(f"{calls} in {len({site.span.path for site in sites})} of {run.count} files\n")
    if traffic is not None:
        untraced = sum(site.span not in traffic.sites for site in sites)
        money = f"${traffic.one:,.2f} at one call site, ${traffic.several:,.2f} at one of several, ${traffic.none:,.2f} at none"
        lines.append(f"Traffic of the export: {money}; {untraced} in no export\n")
    return "".join(lines)


def _spent(site: CallSite, traffic: Traffic | None) -> Iterator[str]:
    if traffic is None:
        return
    traced = traffic.sites.get(site.span)
    yield "in no export" if traced is None else f"{traced.calls:,} calls for ${traced.dollars:,.2f}"


def _facts(whole: CallSite, catalog: Catalog) -> Iterator[str]:
    site = whole.richest
    yield f"{site.api} {site.method}"
    models = [f"{visible(_named(model) or 'what a file holds')} ({model.source})" for model in whole.models]
    yield " or ".join(models) if models else "model not known"
    static, volatile = prompt_tokens(site)
    state = "cached" if site.prompt.has_breakpoint or site.prompt.has_cache_key else "uncached"
    yield f"~{static:,} tokens static ({state}), ~{volatile:,} volatile"
    cost = cost_of(site, catalog)[2]
    if cost:
        yield f"{dollars(cost)} per 1,000 calls"
    if site.is_batch:
        yield "row of a batch"
    if site.is_streaming:
        yield "streams"
    if whole.fan_out is not None:
        items = "" if whole.fan_out.items is None else f" over {whole.fan_out.items} items"
        yield f"in a {whole.fan_out.kind}{items}"
    if whole.is_interactive:
        yield "somebody waits"
    if len(whole.requests) > 1:
        yield f"{len(whole.requests)} call paths"
    if not whole.is_complete:
        yield "more callers than were followed"
