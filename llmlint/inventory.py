"""`llmlint sites`: every LLM call of a run, as JSON by the contract and as text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from llmlint.base_run import BaseRun
from llmlint.callsite import CallSite, Request
from llmlint.catalog import Catalog
from llmlint.catalog.match import vendor_of
from llmlint.catalog.tokens import estimate
from llmlint.report.base import place
from llmlint.report.terminal import Palette, visible
from llmlint.request_data import FanOut, ModelValue, Segment
from llmlint.source import Span

VERSION = 1

# Ordinary prose, to tell how many tokens a text is of which only the length is known.
_PROSE = "The quick brown fox jumps over the lazy dog, and the dog does not mind at all. " * 20


def sites_json(run: BaseRun, sites: Iterable[CallSite]) -> str:
    """`{"version": 1, "sites": […]}`, in the order of the sites."""
    document = {"version": VERSION, "sites": [site_json(run, site) for site in sites]}
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def site_json(run: BaseRun, whole: CallSite) -> dict[str, Any]:
    """One call site. Lines and columns count from 1; in a notebook they are inside `cell`, which counts from 0 and is else null.

    `static_tokens` estimates the known text that every call sends first, up to the first part that changes; `volatile_tokens` the
    known text behind that. `model` is the first value that the model can have, `models` are all of them. Where `requests` (one for each call
    path) differ, the prompt shown is the one of which most is known. `complete` is false where not all call paths were followed.
    """
    site = whole.richest
    start, end = run.locate(site.span)
    static, volatile = prompt_tokens(site)
    models = [_model(run, model) for model in whole.models]
    return {
        "path": site.span.path,
        "cell": start.cell,
        "line": start.line,
        "end_line": end.line,
        "provider": site.provider,
        "api": site.api,
        "method": site.method,
        "client": site.client,
        "streaming": site.is_streaming,
        "model": models[0] if models else {"value": None, "source": None, "at": None},
        "models": models,
        "prompt": {
            "static_tokens": static,
            "volatile_tokens": volatile,
            "cached": site.prompt.is_marked or site.prompt.has_cache_key,
            "segments": [_segment(run, site, segment) for segment in site.prompt.segments],
        },
        "fan_out": _fan_out(run, whole.fan_out),
        "interactive": whole.is_interactive,
        "requests": len(whole.requests),
        "complete": whole.is_complete,
    }


def prompt_tokens(site: Request) -> tuple[int, int]:
    """About how many tokens of known text stand before and behind the first part of the prompt that changes."""
    static = volatile = 0
    is_prefix = True
    for segment in site.prompt.segments:
        tokens, rest = _tokens(site, segment)
        if is_prefix:
            static += tokens
            volatile += rest
        else:
            volatile += tokens + rest
        is_prefix = is_prefix and segment.is_whole
    return static, volatile


def _segment(run: BaseRun, site: Request, segment: Segment) -> dict[str, Any]:
    tokens, rest = _tokens(site, segment)
    return {
        "kind": segment.kind,
        "role": segment.role,
        "static_tokens": tokens,
        "volatile_tokens": rest,
        "whole": segment.is_whole,
        "cached": segment.is_marked,
        "at": _at(run, segment.at),
    }


def _tokens(site: Request, segment: Segment) -> tuple[int, int]:
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
    return "claude-4.7" if site.provider == "anthropic" else "openai"


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


def sites_text(run: BaseRun, sites: Sequence[CallSite], color: bool) -> str:
    """One line a call, and how many there are."""
    palette = Palette(color)
    lines = []
    for site in sites:
        where = palette.bold(place(site.span.path, run.locate(site.span)[0]))
        lines.append(f"{where}: {', '.join(_facts(site))}\n")
    calls = "1 LLM call" if len(sites) == 1 else f"{len(sites)} LLM calls"
    return "".join(lines) + f"{calls} in {len({site.span.path for site in sites})} of {run.count} files\n"


def _facts(whole: CallSite) -> Iterator[str]:
    site = whole.richest
    yield f"{site.api} {site.method}"
    models = [f"{visible(_named(model) or 'what a file holds')} ({model.source})" for model in whole.models]
    yield " or ".join(models) if models else "model not known"
    static, volatile = prompt_tokens(site)
    mark = "cached" if site.prompt.is_marked or site.prompt.has_cache_key else "uncached"
    yield f"~{static:,} tokens static ({mark}), ~{volatile:,} volatile"
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
