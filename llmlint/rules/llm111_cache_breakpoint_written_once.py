"""cache-breakpoint-written-once (LLM111)

## What it does

Finds cache breakpoints of a Claude request that a run of the program makes once, while no other request of the program has a breakpoint: what
is written to the cache is never read.

## Why it costs

A cache write costs 1.25 times the input price, or twice that price for an entry that lives for an hour. It pays once another request reads the
entry within its lifetime.

## Example

```python
def main():
    client = anthropic.Anthropic()
    report = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=500,
        system=[{"type": "text", "text": HANDBOOK, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": "Sum it up."}],
    )
    print(report.content[0].text)


main()
```

## Use instead

The same without `cache_control`, or further requests that start with the same blocks.

## Limitations

Somebody may start the program again within five minutes, so confidence is low, and the finding is hidden by default
(`--min-confidence low` shows it). Conversations, notebooks, tests, calls in loops and rows of a batch are left alone, and so is a request that only
fills the cache (`max_tokens=0`), or whose text is too short to be cached (LLM106).

## References

- [Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching), prices as of September 2026
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llmlint.callsite import Request
from llmlint.findings import Confidence, Finding
from llmlint.fixes.prompt.rereads import Rereads, rereads
from llmlint.rules.breakpoints import BREAKPOINT, BREAKPOINT_WORDS, only_warms, wasted_breakpoint, writes_nothing
from llmlint.rules.prompts import is_claude
from llmlint.rules.registry import RuleContext, rule


@rule("LLM111", "cache-breakpoint-written-once", applicability=None)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    if not context.shows(Confidence.LOW) or not is_claude(call) or call.is_in_test or call.is_in_notebook:
        return
    prompt = call.prompt
    marked = [segment for segment in prompt.segments if segment.breakpoint is not None]
    if not marked or prompt.may_have_breakpoints or call.sends_growing_history or call.is_interactive or only_warms(call):
        return
    if wasted_breakpoint(call) is not None or not all(
        segment.breakpoint is not None and segment.breakpoint.is_certain for segment in marked
    ):
        return
    if writes_nothing(call, context):
        return
    if not all(each.pace.is_single for each in call.siblings()) or rereads(call, marked[-1]) is not Rereads.NEVER:
        return
    texts = _texts_with(call, BREAKPOINT_WORDS)
    if sum(len(BREAKPOINT.findall(text)) for text in texts) > len(marked):
        return  # Another request may read what this one writes.
    breakpoint = marked[-1].breakpoint
    assert breakpoint is not None
    is_own = breakpoint.at.path == call.span.path and call.span.start <= breakpoint.at.start < call.span.end
    sends = f".{call.method}("
    if not is_own and sum(text.count(sends) for text in _texts_with(call, (sends,))) > 1:
        return  # Another request may have the same block.
    yield call.finding(
        "LLM111",
        "cache-breakpoint-written-once",
        "a run of the program makes this request once: its cache write costs a quarter more than the input, and nothing reads it",
        at=breakpoint.at,
        confidence=Confidence.LOW,
        help="remove the breakpoint, unless the program is started again within its lifetime",
    )


def _texts_with(call: Request, words: Sequence[str]) -> list[str]:
    """The texts of the files of the program that hold one of some words."""
    program, home = call.program, call.place.module
    paths = {path for word in words for path in program.files_with(word.encode(), home)}
    return [program.source(path).text for path in sorted(paths)]
