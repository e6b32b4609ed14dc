"""mid-tier-model-for-simple-task (LLM205)

## What it does

Finds calls whose model is fixed in the source and belongs to its vendor's mid tier, while prompt, answer format and limits say that the task is a
simple one: extraction, tagging, classification, routing, translation, or the title of a conversation. The evidence is that of LLM202, and more of
it is needed.

## Why it costs

The step from the mid tier to the small one is the largest there is: the same text costs twenty times as much on Sonnet 5.5 as on Haiku 5.5.

## Example

```python
client.messages.create(
    model="claude-sonnet-5-5",
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
It is shown only, too, where other calls have the name from the same place and need more than the small tier.

## Limitations

Those of LLM202. Where the evidence is enough for LLM202 and no more, nothing is said, nor where the prompt asks for a summary besides, or for
what the model itself knows of the world, nor for ratings and judgements. A title counts where it is that of a conversation or a topic and the
answer has at most 64 tokens; one of an article or a video has to win readers. Where another script in the folder asks a cheaper model the same,
somebody is comparing them, and nothing is said either.

## References

- [Choosing a model](https://platform.claude.com/docs/en/about-claude/models/choosing-a-model); each price in the catalogue carries its date
"""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.findings import Applicability, Finding
from llmlint.rules.premium import fixed_values, for_simple_task
from llmlint.rules.registry import RuleContext, rule
from llmlint.rules.task_cues import ASKS_FOR_A_SUMMARY, JUDGES, KNOWLEDGE
from llmlint.rules.task_evidence import prompt_texts, simple_task

_RULE = ("LLM205", "mid-tier-model-for-simple-task")
# A step that saves less than this is not worth an evaluation.
_LEAST_RATIO = 2.0


@rule(*_RULE, applicability=Applicability.UNSAFE, in_batches=True)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    catalog = context.catalog
    values = list(fixed_values(call, catalog, "mid"))
    task = simple_task(call) if values else None
    if task is None or not _is_simple(call) or any(map(JUDGES.search, call.functions[:1])):
        return
    for value, reference in values:
        ratio = catalog.price_ratio(reference.model, catalog.current(reference.model.vendor, task.tier))
        if ratio is not None and ratio >= _LEAST_RATIO:
            yield from for_simple_task(call, catalog, _RULE, (value, reference), task, _is_simple)


def _is_simple(call: Request) -> bool:
    task = simple_task(call)
    if task is None or task.tier != "small" or not task.is_sure:
        return False
    return not any(KNOWLEDGE.search(text) or ASKS_FOR_A_SUMMARY.search(text) for text in prompt_texts(call))
