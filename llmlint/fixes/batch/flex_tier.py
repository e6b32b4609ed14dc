"""LLM301 and LLM302, where there is no batch fix: the calls of a fan-out on OpenAI's flex tier, which costs what a batch costs."""

from __future__ import annotations

import re

import libcst as cst

from llmlint.callsite import Request
from llmlint.catalog import Catalog
from llmlint.findings import Applicability, Confidence, Fix
from llmlint.fixes.batch.client import is_of_azure
from llmlint.fixes.batch.concurrent import takes_exceptions
from llmlint.fixes.batch.fix import batch_fix
from llmlint.fixes.batch.flow import own_nodes
from llmlint.fixes.edits.add_keyword import add_keyword
from llmlint.fixes.edits.by_hand import ByHand, measures_time
from llmlint.fixes.edits.declared import is_below
from llmlint.fixes.edits.style import style_of
from llmlint.fixes.edits.tree import function_around, tree_of
from llmlint.link.program.program import Program
from llmlint.request_data import FanOut
from llmlint.source import Span

_METHODS = frozenset(
    {"chat.completions.create", "chat.completions.parse", "beta.chat.completions.parse", "responses.create", "responses.parse"}
)
_NAME = "service_tier"
# With these, a request has a tier already, may have one, gives up early, or may go elsewhere.
_OTHER_ARGUMENTS = frozenset({_NAME, "timeout", "extra_headers", "extra_query", "extra_body", "background"})
# A client, or a copy of it, that gives up early or does not retry.
_LIMITS = re.compile(r"\b(?:timeout|max_retries|http_client|default_headers|default_query)\s*=|\*\*")
# `flex` came to the types of both APIs with openai 1.75 (April 2025).
_FIRST_VERSION = (1, 75)


def flex_fix(call: Request, catalog: Catalog, batch_module: str) -> Fix | None:
    """A fix that passes `service_tier="flex"`; None where a request of the call site may be refused, waited for, or sent as a batch."""
    if is_below(call.program, "openai", _FIRST_VERSION):
        return None
    requests = [each for each in call.siblings() if each.is_in_test is call.is_in_test]
    if not all(_takes_flex(each, catalog) and _may_wait(each) for each in requests):
        return None
    if any(each.fan_out is not None and _is_fixed(each, each.fan_out, batch_module) for each in _elsewhere(call)):
        return None
    keyword = f"{_NAME}={style_of(call.program.source(call.span.path)).string('flex')}"
    edits = add_keyword(call, keyword)
    if edits is None:
        return None
    title = f"Pass `{keyword}`: the price of a batch, but slower, and 429 when capacity is short (the SDK retries twice)"
    return Fix(Applicability.UNSAFE, title, edits)


def _takes_flex(call: Request, catalog: Catalog) -> bool:
    """Whether a request surely goes to OpenAI's own host, and to a model that is known to be served on the flex tier."""
    if call.provider != "openai" or call.method not in _METHODS or not call.is_own_host or call.is_third_party_host:
        return False
    if not call.made_clients or call.may_have_other_client or is_of_azure(call):
        return False
    if call.fields.is_open or not _OTHER_ARGUMENTS.isdisjoint(call.fields.entries):
        return False
    if any(_LIMITS.search(call.source(made)) for made in call.made_clients) or ".with_options(" in call.source(call.span):
        return False
    for value in call.models:
        found = catalog.find(value.spelling)
        if found is None or not value.is_only or found.parts.prefix or found.is_fine_tuned or found.variant is not None:
            return False
        if found.model.vendor != "openai" or found.model.flex_input is None:
            return False
    return bool(call.models)


def _may_wait(call: Request) -> bool:
    """Whether a request is one of a fan-out that nobody waits for, whose time is neither limited nor measured."""
    fan_out = call.fan_out
    if (
        fan_out is None
        or min(fan_out.confidence, fan_out.unawaited) is Confidence.LOW
        or fan_out.is_batched
        or call.is_interactive
    ):
        return False
    spans = (call.span, *(each.span for each in fan_out.chain))
    has_limit = any(limit.kind in ("time", "job") for limit in fan_out.limits)
    tree = tree_of(call.program, fan_out.at.path)
    node = tree.at(fan_out.at.start, cst.Call) if tree is not None else None
    if node is not None and takes_exceptions(node):
        return False  # A request that was refused for want of capacity would pass for a result.
    return not has_limit and not any(_is_timed(call.program, span) for span in spans)


def _is_timed(program: Program, span: Span) -> bool:
    tree = tree_of(program, span.path)
    if tree is None:
        return True
    function = function_around(tree, span)
    return measures_time(own_nodes(function.body if function is not None else tree.module))


def _is_fixed(call: Request, fan_out: FanOut, batch_module: str) -> bool:
    try:
        batch_fix(call, fan_out, batch_module)
    except ByHand:
        return False
    return True


def _elsewhere(call: Request) -> list[Request]:
    """A request for each other fan-out that makes the call: a batch fix there sends the same call as a row of a batch."""
    found = {each.fan_out.at: each for each in call.siblings() if each.fan_out is not None}
    return [each for at, each in found.items() if call.fan_out is None or at != call.fan_out.at]
