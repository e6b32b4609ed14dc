"""What an editor shows beside a call: model, tokens, caching, fan-out and what a thousand calls cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llmlint.report.text import dollars

if TYPE_CHECKING:
    from llmlint.callsite import CallSite
    from llmlint.source import Span


class Lens(NamedTuple):
    """A call, and one line about it."""

    span: Span
    text: str


def lens_of(site: CallSite) -> Lens:
    """The line about a call site."""
    from llmlint.sites.inventory import cost_of, prompt_tokens

    request = site.richest
    static, _ = prompt_tokens(request)
    model, _, cost = cost_of(request)
    names = list(dict.fromkeys(value.spelling for value in site.models if value.source != "config"))
    parts = [model or (names[0] if names else "model not known")]
    if len(names) > 1:
        parts[0] += f" or {len(names) - 1} more"
    is_cached = request.prompt.has_breakpoint or request.prompt.has_cache_key
    parts.append(f"~{static:,} static tokens, {'cached' if is_cached else 'not cached'}" if static else "no static prompt")
    if site.fan_out is not None:
        items = "" if site.fan_out.items is None else f" × {site.fan_out.items}"
        parts.append(f"{site.fan_out.kind}{items}")
    if cost is not None:
        parts.append(f"{dollars(cost)} per 1,000 calls")
    return Lens(site.span, " · ".join(parts))
