"""premium-model-for-simple-task (LLM202)

## What it does
Finds calls whose model is fixed in the source and belongs to its vendor's premium tier, while prompt, answer format and limits say that the
task is simple. Extraction, tagging, classification, routing, translation, and titles of conversations and topics go to the small tier; summaries,
code review, copy and customer chat to the mid tier. The message says what the finding rests on.

## Why it costs
The step from a premium to a small model is the largest there is: the same text costs forty times as much on Opus 5.5 as on
Haiku 5.5. A label or a field of an invoice is as right from the small one.

## Example
```python
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=10,
    system="Classify the ticket as one of the following: billing, booking, lost property. Answer with the label only.",
    messages=[{"role": "user", "content": ticket}],
)
```

## Use instead
```python
client.messages.create(
    model="claude-haiku-5-5",
    max_tokens=10,
    system="Classify the ticket as one of the following: billing, booking, lost property. Answer with the label only.",
    messages=[{"role": "user", "content": ticket}],
)
```

## Fix safety
Unsafe: another model gives other answers, which only an evaluation can judge. What the fix changes, and where it is shown only, is said at LLM201.
It is shown only, too, where other calls have the name from the same place and need more than the model that would do for this one.

## Limitations
Evidence is read from prompts in English, and for classification, extraction and translation also in German, French, Spanish, Portuguese, Italian,
Chinese, Japanese and Korean. A single word is never enough: several independent cues must agree, from the text of the prompt, a schema
or a list of choices for the answer, a small `max_tokens`, and the name of the function. Calls with tools to choose from, with thinking, and with
words for planning, proofs, mathematics, research, judging, pictures, writing and translating code and queries, or translating literature and old
languages are left to LLM201, as are calls that several callers use with prompts of their own (samples of a script in one template are data, and
so are a few words in place of what is missing). Not reported where another script in the folder asks a cheaper model the same: then somebody is
comparing them. Nor where a call only warms the cache or sees whether the API responds: its message is constant and its answer may have one token,
or a function on its path is called `test_connection`, `health_check` or the like.

## References
- [Choosing a model](https://platform.claude.com/docs/en/about-claude/models/choosing-a-model); each price in the catalogue carries its date
- [Migration to Sonnet 5.5](https://platform.claude.com/docs/en/models/sonnet-5-5/migration-guide) and
  [Haiku 5.5](https://platform.claude.com/docs/en/models/haiku-5-5/migration-guide): refused parameters, copies of October 2026
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from llmlint.callsite import Request
from llmlint.findings import Applicability, Finding
from llmlint.rules.premium import for_simple_task, premium_values
from llmlint.rules.registry import RuleContext, rule
from llmlint.rules.task_evidence import simple_task

_RULE = ("LLM202", "premium-model-for-simple-task")


@rule(*_RULE, applicability=Applicability.UNSAFE, in_batches=True)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    values = list(premium_values(call, context.catalog))
    task = simple_task(call) if values else None
    if task is None:
        return
    for found in values:
        yield from for_simple_task(call, context.catalog, _RULE, found, task, partial(_has_task, tier=task.tier))


def _has_task(call: Request, tier: str) -> bool:
    """Whether a model of a tier is enough for another call: what the small tier can do, the mid tier can too."""
    task = simple_task(call)
    return task is not None and (task.tier == tier or tier == "mid")
