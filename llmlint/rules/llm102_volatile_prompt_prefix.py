"""volatile-prompt-prefix (LLM102)

## What it does
Finds prompts in which a large static text stands behind a part that changes from call to call: a time, a random id, a parameter, a loop
variable. The changing part may stand in the tool definitions, in the system prompt or at the start of the first message. It is reported
where the static text behind it is large enough to be cached, and what stands ahead of it is not.

## Why it costs
Caches work by prefix: the request is compared from its start, and what follows the first difference is paid for in full. With the
changing part ahead, no call can read what another one wrote, whether or not there is a cache breakpoint. The same text in the
other order costs a tenth or less from the second call on.

## Example
```python
client.messages.create(
    model="claude-sonnet-5-5",
    max_tokens=500,
    system=f"It is {datetime.now()}.\\n\\n{HANDBOOK}",  # 3,000 tokens behind a clock
    messages=[{"role": "user", "content": question}],
)
```

## Use instead
```python
client.messages.create(
    model="claude-sonnet-5-5",
    max_tokens=500,
    system=[
        {"type": "text", "text": HANDBOOK, "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": f"\\n\\nIt is {datetime.now()}."},
    ],
    messages=[{"role": "user", "content": question}],
)
```

## Fix safety
Unsafe: text in another order may be answered in another way. Whole paragraphs move, or a first line that is a sentence of its own, and the
words stay the same: what changes goes into a block of its own at the end, and the static text gets a cache breakpoint. Shown only, not applied,
where the order carries meaning: where a paragraph says who the model is, where text speaks of what stands `above` or `below` it, where a
line introduces what follows it (it ends with a colon), and where a tag is opened in one paragraph and closed in another. No fix is offered
where the changing part stands in the middle of a paragraph of rules, where the text is put together in more than one place, and for models
that cache by themselves.

## Limitations
A clock or a random id is certain to change; a parameter may have the same value in many calls, so those findings have medium
confidence. They have low confidence, and are hidden by default, where a few instructions follow a document in the first message (which is
often meant), where the prompt has a breakpoint or is part of a conversation, where the program makes the call once in a run, and for models other
than Claude, which cache by themselves, unless a clock or random id stands in the system prompt. A date without a time of day changes once a day: it
is reported only where no breakpoint is on the request. What an object got in its constructor counts as unchanging, and so does what is made before
the loop that makes the calls. Rows of a batch are left alone: what a cache would save there rests on how they are sent.

## References
- [Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching): order of the prefix, as of September 2026
- [Prompt caching at OpenAI](https://developers.openai.com/api/docs/guides/prompt-caching), read in copies of 2026
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from llmlint.callsite import Request
from llmlint.findings import Applicability, Confidence, Finding, Fix
from llmlint.fixes.prompt.reorder import points_ahead, put_last
from llmlint.fixes.prompt.rereads import comes_too_late, surest
from llmlint.link.repeats.loop_invariant import is_steady
from llmlint.request_data import Gap, Segment, Stability
from llmlint.rules.breakpoints import KEEP_TOOLS, wasted_breakpoint
from llmlint.rules.prompts import Prefix, cache_saving, is_claude, large_enough, models_of, static_prefix
from llmlint.rules.registry import RuleContext, rule

_BEHIND = {
    Stability.DAILY: "a date, and are sent in full on every call",
    Stability.VARYING: "a part that can differ each time: no such call can read them from the cache",
    Stability.VOLATILE: "a part that differs each time: no call can read them from the cache",
}
# How many times the minimum of a model is too much text to be meant as the end of a message.
_LARGE = 3


@dataclass(frozen=True, slots=True)
class _Behind:
    """Static text behind a changing part: `gap`, in `segment`."""

    segment: Segment
    gap: Gap
    text: Prefix


@rule("LLM102", "volatile-prompt-prefix", applicability=Applicability.UNSAFE)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    claude = is_claude(call)
    if not call.offers.caches_prefixes:
        return
    if not claude and (call.is_third_party_host or not context.shows(Confidence.MEDIUM)):
        return
    models = models_of(call, context.catalog)
    if models and all(model.cache_minimum is None for model in models):
        return  # They do not cache.
    if call.prompt.may_have_breakpoints:
        return
    if static_prefix(call, context, None if claude else 1.0) is not None:
        return  # LLM101 or LLM108 says so.
    if context.runs("LLM104") and wasted_breakpoint(call) is not None:
        return
    if claude and comes_too_late(call):
        return
    found = _static_text_behind(call, context)
    confidence = _confidence(call, found, claude) if found is not None else None
    if found is None or confidence is None:
        return
    if claude:
        confidence = min(confidence, surest(call, found.segment))
    fix = (
        _fix(call, found, context)
        if claude and call.takes_fixes and call.offers.takes_breakpoints and not call.prompt.has_breakpoint
        else None
    )
    where = "at the end of the prompt" if claude else "last"
    then = ", and mark the static text with `cache_control`" if claude and not call.prompt.has_breakpoint else ""
    yield call.finding(
        "LLM102",
        "volatile-prompt-prefix",
        f"about {found.text.tokens:,} tokens that are the same in every call stand behind {_BEHIND[found.gap.stability]}",
        at=found.gap.at,
        confidence=confidence,
        help=(KEEP_TOOLS if found.segment.kind == "tools" else f"put it {where}, behind the static text{then}")
        if fix is None
        else None,
        saving=cache_saving(found.text, context.catalog) if claude else None,
        fix=fix,
    )


def _fix(call: Request, found: _Behind, context: RuleContext) -> Fix | None:
    """Move the changing part behind the static text of its own segment, or its block behind the static ones; None where what stays is too
    short to be cached."""
    segment = found.segment
    segments = call.prompt.segments
    index = next(index for index, each in enumerate(segments) if each is segment)
    if segment.block_at is not None:
        return _move_block(call, index, context)
    reordered = put_last(call, segment, [gap for gap in segment.gaps if _changes(call, gap)])
    if reordered is None:
        return None
    ahead = "".join(each.text for each in segments[:index])
    text = ahead + (segment.text + "".join(gap.text for gap in segment.gaps))[: reordered.static_chars]
    large = large_enough(call, text, segment, index, context)
    return reordered.fix if large is not None else None


def _move_block(call: Request, index: int, context: RuleContext) -> Fix | None:
    # Importing libcst is not cheap.
    from llmlint.fixes.prompt.reorder_blocks import move_block_last

    segments = call.prompt.segments
    moved = segments[index]
    static = list(takewhile(lambda each: each.kind == moved.kind and _is_static_block(each), segments[index + 1 :]))
    text = "".join(each.text for each in (*segments[:index], *static))
    large = large_enough(call, text, moved, index, context)
    return move_block_last(call, [moved, *static]) if large is not None and moved.kind != "tools" else None


def _is_static_block(segment: Segment) -> bool:
    """Whether something may be put behind a block: it says nothing of what follows it, such as a heading with a colon."""
    return segment.block_at is not None and segment.is_whole and not points_ahead(segment.text)


def _changes(call: Request, gap: Gap) -> bool:
    return gap.stability >= Stability.DAILY and not is_steady(call.arguments, call.fan_out, gap.at)


def _static_text_behind(call: Request, context: RuleContext) -> _Behind | None:
    """The part that changes most often of those with enough static text behind them; of equals, the first."""
    segments = list(_leading(call))
    best: _Behind | None = None
    for index, segment in enumerate(segments):
        for position, gap in enumerate(segment.gaps):
            if (best is not None and gap.stability <= best.gap.stability) or not _changes(call, gap):
                continue
            texts = [later.text for later in segment.gaps[position:]]
            texts += [text for later in segments[index + 1 :] for text in (later.text, *(inner.text for inner in later.gaps))]
            text = large_enough(call, "".join(texts), segment, index, context)
            if text is None:
                return best  # Behind those that follow stands less.
            best = _Behind(segment, gap, text)
    return best


def _leading(call: Request) -> Iterator[Segment]:
    """Tools, system prompt, and the first message: what could come in another order."""
    for segment in call.prompt.segments:
        if segment.kind == "message" and segment.role != "user":
            return
        yield segment


def _confidence(call: Request, found: _Behind, claude: bool) -> Confidence | None:
    stability = found.gap.stability
    if stability is Stability.DAILY:
        return Confidence.MEDIUM if claude and not call.prompt.has_breakpoint and found.segment.kind == "system" else None
    is_message = found.segment.kind == "message"
    if not claude:
        # A moment or random id at the start of the system prompt keeps the automatic cache from every hit.
        return Confidence.MEDIUM if stability is Stability.VOLATILE and not is_message else Confidence.LOW
    if stability is Stability.VOLATILE:
        if not is_message and not call.sends_growing_history:
            return Confidence.HIGH
        return Confidence.MEDIUM if call.is_in_function(found.gap.at) else Confidence.LOW
    # Within a conversation, and for those who set a breakpoint, what varies may well stay the same for some calls. A question or a few
    # instructions behind a document are meant to stand there.
    is_likely = not call.prompt.has_breakpoint and not call.sends_growing_history
    is_large = found.text.tokens >= _LARGE * found.text.minimum
    return Confidence.MEDIUM if is_likely and (is_large or not is_message) else Confidence.LOW
