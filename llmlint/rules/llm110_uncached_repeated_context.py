"""uncached-repeated-context (LLM110)

## What it does

Finds loops whose calls of a Claude model each start with the same document, which is read once ahead of the loop and whose size is not known from
the source: a file, a page, a transcript, a PDF, with no cache breakpoint behind it. What stands ahead of it must be the same in each call too.

## Why it costs

Each call pays the full input price for the document. With a breakpoint behind it, the first call pays 1.25 times the price, and each that follows
within five minutes a tenth of it or less. That pays from the second call on, where the prompt up to the breakpoint reaches the model's minimum;
below that the breakpoint has no effect and costs nothing.

## Example

```python
report = Path(arguments.report).read_text()
for question in questions:
    client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=500,
        messages=[{"role": "user", "content": f"<report>{report}</report>\n\n{question}"}],
    )
```

## Use instead

```python
report = Path(arguments.report).read_text()
for question in questions:
    client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=500,
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": f"<report>{report}</report>", "cache_control": {"type": "ephemeral"}},
                    {"type": "text", "text": question},
                ],
            }
        ],
    )
```

## Limitations

The document must have a name of its own where it stands in the prompt, and be read by a function whose name says so (`read_text`, `get_text`,
`b64encode` and others), or by one of the program that calls such a function. Static text of known size is reported by LLM101. Calls that start
side by side each write the cache, so a fan-out is left alone unless a call is made before it; so are loops of fewer items than
`thresholds.min-fan-out`, where their number is known, and loops that write the rows of a batch.

The rule is off by default: too few of its findings on unseen code have been read to say how often it is right.

## References

- [Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching), minimums and prices as of September 2026
"""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.findings import Confidence, Finding, Related
from llmlint.fixes.prompt.rereads import comes_too_late
from llmlint.link.calls.evaluator import evaluator_of
from llmlint.link.repeats.read_ahead import read_ahead
from llmlint.request_data import Gap, Stability
from llmlint.rules.prompts import is_claude, models_of
from llmlint.rules.registry import RuleContext, rule
from llmlint.source import Span

_USUAL_MINIMUM = 1024


@rule("LLM110", "uncached-repeated-context", applicability=None)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    if not call.offers.takes_breakpoints or call.is_in_test or not is_claude(call):
        return
    fan_out, prompt = call.fan_out, call.prompt
    if fan_out is None or (fan_out.is_concurrent and not fan_out.is_warmed):
        return
    if fan_out.items is not None and fan_out.items < context.min_fan_out:
        return
    if prompt.has_breakpoint or prompt.may_have_breakpoints or call.sends_growing_history or comes_too_late(call):
        return
    found = _repeated(call)
    if found is None:
        return
    gap, made = found
    minimums = [model.cache_minimum for model in models_of(call, context.catalog) if model.cache_minimum is not None]
    least = max(minimums, default=_USUAL_MINIMUM)
    yield call.finding(
        "LLM110",
        "uncached-repeated-context",
        f"each call of the loop starts with the same text, which is read once: from {least:,} tokens on, a cache breakpoint behind it saves nine "
        "tenths of its price from the second call on",
        at=gap.at if call.is_in_function(gap.at) else call.span,
        confidence=min(fan_out.confidence, Confidence.MEDIUM),
        help=f"put it in a block of its own, and {call.offers.how_to_cache.replace('the last static block', 'that block')}",
        related=(Related(made, "it is read here"), Related(fan_out.at, "each iteration sends it")),
    )


def _repeated(call: Request) -> tuple[Gap, Span] | None:
    """The first part of the prompt that changes from run to run, where it is the same for all calls of the loop, and where it is read; something
    that differs must follow it."""
    gaps = [gap for segment in call.prompt.segments if segment.kind != "tools" for gap in segment.gaps]
    for index, gap in enumerate(gaps):
        if gap.stability < Stability.UNKNOWN:
            continue
        made = read_ahead(evaluator_of(call.program), call.arguments, gap.at)
        return (gap, made) if made is not None and index + 1 < len(gaps) else None
    return None
