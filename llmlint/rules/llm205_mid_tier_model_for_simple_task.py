"""mid-tier-model-for-simple-task (LLM205)

## What it does

Finds calls whose model is fixed in the source and belongs to its vendor's mid tier, while prompt, answer format and limits say that the task is a
simple one: extraction, tagging, classification, routing or translation. The evidence is that of LLM202, and more of it is needed.

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

Those of LLM202. Where the evidence is enough for LLM202 and no more, nothing is said. Where another script in the folder asks a cheaper model the
same, somebody is comparing them, and nothing is said either.

## References

- [Choosing a model](https://platform.claude.com/docs/en/about-claude/models/choosing-a-model); each price in the catalogue carries its date
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.findings import Applicability, Confidence, Finding
from llmlint.fixes.model_name import replace_model
from llmlint.rules.measured import is_measured_beside
from llmlint.rules.premium import confidence_in, fixed_values, times
from llmlint.rules.registry import RuleContext, rule
from llmlint.rules.task_evidence import simple_task

# A step that saves less than this is not worth an evaluation.
_LEAST_RATIO = 2.0
# Judging another's work takes more than the work's own name says.
_JUDGES = re.compile(r"check|quality|verif|validat|scor|rat(?:e|ing)(?:_|$)|critic|critique|review|compar", re.IGNORECASE)


@rule("LLM205", "mid-tier-model-for-simple-task", applicability=Applicability.UNSAFE)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    catalog = context.catalog
    values = list(fixed_values(call, catalog, "mid"))
    task = simple_task(call) if values else None
    if task is None or task.tier != "small" or not task.is_sure or any(map(_JUDGES.search, call.functions[:1])):
        return
    for value, reference in values:
        target = catalog.next_tier(reference.model)
        ratio = catalog.price_ratio(reference.model, target) if target is not None else None
        if target is None or ratio is None or ratio < _LEAST_RATIO or is_measured_beside(call, reference.model, catalog):
            continue
        fix = replace_model(call, value, reference, target, fits=_is_simple)
        yield call.finding(
            "LLM205",
            "mid-tier-model-for-simple-task",
            f"`{value.spelling}` for what looks like {task.name} ({'; '.join(task.evidence)}): a small-tier model is mostly enough, and the "
            f"same text costs {times(ratio)} times what it does on {target.id}",
            at=value.at,
            confidence=min(confidence_in(call, value, catalog), Confidence.MEDIUM),
            help=f"measure the task on `{target.id}`" if fix is None else None,
            fix=fix,
        )


def _is_simple(call: Request) -> bool:
    task = simple_task(call)
    return task is not None and task.tier == "small" and task.is_sure
