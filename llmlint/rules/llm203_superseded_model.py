"""superseded-model (LLM203)

## What it does
Finds calls whose model, as the source determines it, has a newer successor of the same tier at half the price or less, for input and for
output (`thresholds.superseded-ratio`). A name that several calls use is
reported once. Not reported in tests, in lists of models that are tried or compared, nor in tables by the models' own names (`{"opus46": …}`).

## Why it costs
The successor does the same for less. Prices are compared for the same text, since newer tokenizers make more tokens of it. Where the successor
thinks unless it is told not to, and the model in use does not, the message says so: thinking is billed as output.

## Example
```python
client.messages.create(model="claude-haiku-4-5", max_tokens=500, messages=messages)
```

## Use instead
```python
client.messages.create(model="claude-haiku-5-5", max_tokens=500, messages=messages)
```

## Fix safety
Unsafe: the successor gives other answers. What the fix changes, and where it is shown only, is said at LLM201.

## Limitations
Models of a successor at more than half the price are left alone: every model is superseded sooner or later.
Models that are retired, or will be on a known date, are left to LLM204. Only list prices of the vendor's own API are compared; a
prompt that is mostly read from the cache can come out differently. Calls that only see whether a key or the API works (a constant message and
`max_tokens=1`) are left alone.

## References
- [Models and prices](https://platform.claude.com/docs/en/about-claude/models/overview); each price in the catalogue carries its date
- [Migration to Sonnet 5.5](https://platform.claude.com/docs/en/models/sonnet-5-5/migration-guide) and
  [Haiku 5.5](https://platform.claude.com/docs/en/models/haiku-5-5/migration-guide): refused parameters, copies of October 2026
"""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.catalog import Model
from llmlint.findings import Applicability, Confidence, Finding
from llmlint.fixes.model.name import advice, replace_model
from llmlint.rules.premium import is_in_list_of_models, times
from llmlint.rules.probes import only_probes
from llmlint.rules.registry import RuleContext, rule
from llmlint.rules.savings import model_saving
from llmlint.rules.successors import superseded_by


@rule("LLM203", "superseded-model", applicability=Applicability.UNSAFE, through_any_client=True, in_batches=True)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    catalog = context.catalog
    seen = set()
    if call.is_in_test or call.is_other_vendor_host:
        return
    for value in call.models:
        reference = catalog.find(value.spelling)
        if reference is None or value.at in seen or reference.is_fine_tuned or catalog.retirement(reference) is not None:
            continue
        model = reference.model
        superseded = superseded_by(model, context)
        if superseded is None or is_in_list_of_models(call, value, catalog) or only_probes(call):
            continue
        successor, ratio = superseded
        seen.add(value.at)
        fix = replace_model(call, value, reference, successor)
        yield call.finding(
            "LLM203",
            "superseded-model",
            f"`{value.spelling}` has a newer successor: the same text costs {times(ratio)} times what it does on {successor.id}"
            f"{_about_thinking(model, successor)}",
            at=value.at,
            confidence=Confidence.HIGH if value.is_only else Confidence.MEDIUM,
            help=f"use `{successor.id}`{advice(call, value, reference, successor)}" if fix is None else None,
            saving=model_saving(call, model, successor, catalog),
            fix=fix,
        )


def _about_thinking(model: Model, successor: Model) -> str:
    if model.requests is None or successor.requests is None or model.requests.thinks or not successor.requests.thinks:
        return ""
    return ", which thinks unless it is told not to"
