"""What the rules about cache breakpoints share: which breakpoints no later call can read from."""

from __future__ import annotations

import re
from dataclasses import dataclass

from llmlint.callsite import Request
from llmlint.catalog.tokens import estimate
from llmlint.link.repeats.loop_invariant import is_pinned, is_steady
from llmlint.link.values.values import Literal
from llmlint.request_data import Breakpoint, Gap, Segment, Stability
from llmlint.rules.prompts import models_of
from llmlint.rules.registry import RuleContext

BREAKPOINT_WORDS = ("cache_control", "cachePoint", "cache_point")
BREAKPOINT = re.compile("|".join(BREAKPOINT_WORDS))
"""How Anthropic's API and Bedrock's write a breakpoint."""

KEEP_TOOLS = "pass the same tools in the same order in every call: they stand ahead of everything else"


@dataclass(frozen=True, slots=True)
class WastedBreakpoint:
    """A breakpoint and the part of what it covers that differs in each call. `segment` is the segment with that part."""

    breakpoint: Breakpoint
    segment: Segment
    gap: Gap
    is_top_level: bool


def breakpoints_of_history(call: Request) -> list[Breakpoint]:
    """The breakpoints that cover the messages, or some of them."""
    prompt = call.prompt
    own = [segment.breakpoint for segment in prompt.segments if segment.kind == "message" and segment.breakpoint is not None]
    if prompt.top_level_breakpoint is not None:
        own.append(prompt.top_level_breakpoint)
    return own


def wasted_breakpoint(call: Request) -> WastedBreakpoint | None:
    """The last breakpoint of a request none of whose breakpoints can be read from by a later call."""
    prompt = call.prompt
    if prompt.may_have_breakpoints or not prompt.segments:
        return None
    last = len(prompt.segments) - 1
    marked = [
        (index, segment.breakpoint, False) for index, segment in enumerate(prompt.segments) if segment.breakpoint is not None
    ]
    if prompt.top_level_breakpoint is not None:
        marked.append((last, prompt.top_level_breakpoint, True))
    found: WastedBreakpoint | None = None
    for index, breakpoint, is_top_level in marked:
        changing = _changing_part(call, index)
        if changing is None:
            return None
        found = WastedBreakpoint(breakpoint, *changing, is_top_level)
    return found


def _changing_part(call: Request, index: int) -> tuple[Segment, Gap] | None:
    """What makes the text up to a segment differ in each call; None where it is the same in some of them, or may be."""
    segments = call.prompt.segments
    gaps = [(segment, gap) for segment in segments[: index + 1] for gap in segment.gaps]
    for segment, gap in gaps:
        # A message that was made elsewhere may be sent more than once, with the time at which it was made.
        if gap.stability is Stability.VOLATILE and (segment.kind != "message" or call.is_in_function(gap.at)):
            if not _is_the_same(call, gap):
                return segment, gap
    # A document that several questions follow, or that is asked about again, is the same in several calls. Where the cached text is the
    # end of the only message, or the same words follow it for each item, a call that had it again would be the same call.
    are_known = all(segment.role for segment in segments if segment.kind == "message")
    if not are_known or call.sends_growing_history or only_warms(call):
        return None
    if index != len(segments) - 1 and not _is_asked_one_thing(call, index):
        return None
    if (call.is_in_loop and call.fan_out is None) or any(each.pace.makes_passes for each in call.siblings()):
        return None
    varying = [(segment, gap) for segment, gap in gaps if gap.stability >= Stability.VARYING]
    return next((pair for pair in varying if not _is_the_same(call, pair[1])), None)


def _is_asked_one_thing(call: Request, index: int) -> bool:
    """Whether each item of a fan-out has its own text up to a segment, and one question behind it: no other request of the file has a breakpoint
    behind the same text."""
    prompt, segments = call.prompt, call.prompt.segments
    if call.fan_out is None or prompt.has_alternatives or prompt.has_other_texts or prompt.top_level_breakpoint is not None:
        return False
    if not segments[0].text.strip() or not all(segment.is_whole and not segment.gaps for segment in segments[index + 1 :]):
        return False
    own = call.program.source(call.span.path).text
    return len(BREAKPOINT.findall(own)) <= sum(segment.has_breakpoint for segment in segments)


def _is_the_same(call: Request, gap: Gap) -> bool:
    """Whether a part that is not known is the same in all calls of the loop."""
    return is_steady(call.arguments, call.fan_out, gap.at) or is_pinned(call.arguments, gap.at)


def only_warms(call: Request) -> bool:
    """Whether a call asks for no answer, and is made for the cache alone."""
    return any(isinstance(value, Literal) and value.value in (0, 1) for value in call.values("max_tokens"))


def writes_nothing(call: Request, context: RuleContext) -> bool:
    """Whether all that the breakpoints cover is known, and too short to be cached: LLM106 speaks of that."""
    segments = call.prompt.segments
    last = max((index for index, segment in enumerate(segments) if segment.has_breakpoint), default=-1)
    if last < 0 or any(segment.gaps or segment.kind == "tools" for segment in segments[: last + 1]):
        return False
    text = "\n".join(segment.text for segment in segments[: last + 1])
    return any(estimate(text, model.tokenizer).tokens < (model.cache_minimum or 0) for model in models_of(call, context.catalog))
