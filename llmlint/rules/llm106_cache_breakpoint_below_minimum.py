"""cache-breakpoint-below-minimum (LLM106)

## What it does
Finds cache breakpoints that can have no effect: everything ahead of the breakpoint and under it (tools, system prompt and messages together) is
known, and is well below what the model needs to cache it, by the factor of `thresholds.cache-margin`.

## Why it costs
Nothing is cached, nothing is reported, and nothing extra is charged: whoever put the breakpoint there believes in a saving that does not
happen. How much a model needs differs from model to model (512 to 4,096 tokens), so that a breakpoint can lose its effect when the
model's name changes.

## Example
```python
client.messages.create(
    model="claude-haiku-4-5",  # caches from 4,096 tokens on
    max_tokens=100,
    system=[{"type": "text", "text": TWO_THOUSAND_TOKENS, "cache_control": {"type": "ephemeral"}}],
    messages=[{"role": "user", "content": question}],
)
```

## Use instead
A model that caches shorter prompts (`claude-haiku-5-5` caches from 512 tokens on), a breakpoint further back in the request, or no breakpoint.

## Fix safety
The fix takes the breakpoint away. Safe where the breakpoint is written in the call and the text up to it is less than half of what the
model needs (or was counted exactly): the API treats the request as before, since it ignores such a breakpoint, reports nothing and charges
nothing for it. Unsafe where the estimate could be wrong, and where other calls may share the block with the breakpoint.

## Limitations
Silent where any part of the text ahead of the breakpoint is not known, or comes from a parameter with a default, which callers may
replace by a longer text, and for the first of several breakpoints: it may be there for a request that has
more in front of it. Where tools are given, 1,000 tokens are added for the system prompt that the API itself puts before them. Texts in other
languages than English are reported only where they are below half the minimum, since their estimates can be a third too low. Where the
model is only the default of an environment variable or an option, the text must be below the minimum of every Claude model; where the model is
not known, far below it. The requests in `messages.batches.create(requests=…)` are not read.

## References
- [Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching): minimums, as of September 2026
- [Tool use](https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview): 159 to 530 tokens of system prompt were added for Claude 3, 346
  for Claude 4; newer figures were not found, so a larger one is assumed
"""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.catalog import Catalog, Model
from llmlint.catalog.tokens import TokenEstimate, estimate
from llmlint.findings import Applicability, Confidence, Finding, Fix
from llmlint.fixes.edits.remove_named import remove_breakpoint
from llmlint.link.flow.defaults import may_be_given_more
from llmlint.request_data import Breakpoint, Segment
from llmlint.rules.prompts import is_claude, successor_of_retired
from llmlint.rules.registry import RuleContext, rule
from llmlint.rules.successors import superseded_by

_TOOL_PROMPT = 1000
# Where an estimate is this far below the minimum, no error of the estimate can make up for it.
_FAR = 2.0
_MOST_OTHER_LETTERS = 0.01


@rule("LLM106", "cache-breakpoint-below-minimum", applicability=Applicability.SAFE, in_batches=True)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    found = _without_effect(call, context)
    if found is None:
        return
    breakpoint, segments, sizes = found
    others = [each for each in call.siblings() if each is not call and _marks(each, breakpoint)]
    if any(_without_effect(each, context) is None for each in others):
        return
    named = _models(call, context.catalog)
    is_chosen = not named or not all(value.is_only for value in call.models)
    model, size = sizes[0] if not is_chosen else min(sizes, key=lambda each: each[0].cache_minimum or 0)
    is_far = (size.exact and bool(named)) or size.tokens * _FAR < (model.cache_minimum or 0)
    if not named and not is_far:
        return
    written = estimate(_text(segments), model.tokenizer).tokens
    following = superseded_by(model, context) if context.runs("LLM203") and not call.is_in_test else None
    successor = following[0] if following is not None else successor_of_retired(call, model, context)
    least = successor.cache_minimum if successor is not None else None
    has_effect_then = (
        successor is not None and least is not None and estimate(_text(segments), successor.tokenizer).tokens >= least
    )
    least_needed = f"{model.cache_minimum:,}"
    needed = f"every Claude model needs at least {least_needed}" if is_chosen else f"{model.id} caches from {least_needed} on"
    # The breakpoint does its work once the advice of LLM203 or LLM204 is taken.
    fix = None if has_effect_then else _without(call, breakpoint, is_far)
    yield call.finding(
        "LLM106",
        "cache-breakpoint-below-minimum",
        f"the breakpoint has no effect: about {written:,} tokens up to it, and {needed}",
        at=breakpoint.at,
        confidence=Confidence.HIGH if is_far and call.client is not None else Confidence.MEDIUM,
        help=_help(successor if has_effect_then else None) if fix is None else None,
        fix=fix,
    )


def _without_effect(
    call: Request, context: RuleContext
) -> tuple[Breakpoint, list[Segment], list[tuple[Model, TokenEstimate]]] | None:
    """The last breakpoint of a request, what it covers, and how long that is for each model; None where it may have an effect."""
    if not is_claude(call) or call.prompt.may_have_breakpoints or call.prompt.has_alternatives or call.fields.is_open:
        return None
    marked = _last_breakpoint(call)
    if marked is None:
        return None
    breakpoint, segments = marked
    if any(segment.gaps for segment in segments) or may_be_given_more(call.arguments, {segment.kind for segment in segments}):
        return None
    named = _models(call, context.catalog)
    is_chosen = not named or not all(value.is_only for value in call.models)
    models = [*named, *_that_cache(context.catalog)] if is_chosen else named
    sizes = [(model, _size(segments, model)) for model in models]
    margin = max(context.cache_margin, _FAR) if _is_in_other_letters(_text(segments)) else context.cache_margin
    return (breakpoint, segments, sizes) if all(_is_below(size, model, margin) for model, size in sizes) else None


def _marks(call: Request, breakpoint: Breakpoint) -> bool:
    """Whether a request has the same breakpoint, on another call path to the call."""
    marks = (call.prompt.top_level_breakpoint, *(segment.breakpoint for segment in call.prompt.segments))
    return any(mark is not None and mark.at == breakpoint.at for mark in marks)


def _help(successor: Model | None) -> str:
    if successor is None:
        return "leave it out, or mark more of the request"
    return f"leave it out, or move to {successor.id}, which caches from {successor.cache_minimum:,} tokens on"


def _without(call: Request, breakpoint: Breakpoint, is_far: bool) -> Fix | None:
    removal = remove_breakpoint(call, breakpoint)
    if removal is None:
        return None
    is_own = breakpoint.at.path == call.span.path and call.span.start <= breakpoint.at.start < call.span.end
    applicability = Applicability.SAFE if is_far and is_own and call.client is not None else Applicability.UNSAFE
    return Fix(applicability, "Leave out the breakpoint", (removal,))


def _last_breakpoint(call: Request) -> tuple[Breakpoint, list[Segment]] | None:
    """The last breakpoint of the request with the segments that it covers."""
    segments = list(call.prompt.segments)
    if call.prompt.top_level_breakpoint is not None:
        return call.prompt.top_level_breakpoint, segments
    index = max((index for index, segment in enumerate(segments) if segment.has_breakpoint), default=None)
    if index is None:
        return None
    breakpoint = segments[index].breakpoint
    return (breakpoint, segments[: index + 1]) if breakpoint is not None else None


def _models(call: Request, catalog: Catalog) -> list[Model]:
    """The models that the call names, if each is known; a user of the program may name another in place of a default."""
    references = [catalog.find(value.spelling) for value in call.models]
    models = [reference.model for reference in references if reference is not None]
    return models if len(models) == len(call.models) else []


def _that_cache(catalog: Catalog) -> Iterator[Model]:
    """All Claude models that cache prompts."""
    return (model for model in catalog.models.values() if model.vendor == "anthropic" and model.cache_minimum is not None)


def _size(segments: list[Segment], model: Model) -> TokenEstimate:
    """How many tokens the API counts up to the breakpoint, at the most."""
    counted = estimate(_text(segments), model.tokenizer)
    extra = _TOOL_PROMPT if any(segment.kind == "tools" for segment in segments) else 0
    return TokenEstimate(counted.tokens + extra, counted.low + extra, counted.exact and not extra)


def _text(segments: list[Segment]) -> str:
    return "\n".join(segment.text for segment in segments)


def _is_in_other_letters(text: str) -> bool:
    """Whether more than a few letters of a text are none of the English alphabet: estimates of such texts are up to a third too low."""
    return len(text) - len(text.encode("ascii", "ignore")) > _MOST_OTHER_LETTERS * len(text)


def _is_below(size: TokenEstimate, model: Model, margin: float) -> bool:
    return model.cache_minimum is not None and size.tokens * (1 if size.exact else margin) < model.cache_minimum
