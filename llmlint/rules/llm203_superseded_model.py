"""superseded-model (LLM203)

## What it does
Finds calls whose model, as the source tells it, has a newer and cheaper successor of the same tier. Off unless selected: every
model is superseded sooner or later.

## Why it costs
The successor does the same for less. Prices are compared for the same text, since newer tokenizers make more tokens of it.

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
Models that are retired, or will be on a known date, are left to LLM204. Only list prices of the vendor's own API are compared; a
prompt that is mostly read from the cache can come out differently.

## References
- [Models and prices](https://platform.claude.com/docs/en/about-claude/models/overview); each price in the catalogue carries its date
- [Migration to Sonnet 5.5](https://platform.claude.com/docs/en/models/sonnet-5-5/migration-guide) and
  [Haiku 5.5](https://platform.claude.com/docs/en/models/haiku-5-5/migration-guide): refused parameters, copies of October 2026
"""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.catalog import Catalog, Model
from llmlint.findings import Applicability, Confidence, Finding
from llmlint.fixes.model_name import replace_model
from llmlint.rules.premium import times
from llmlint.rules.registry import RuleContext, rule


@rule("LLM203", "superseded-model", applicability=Applicability.UNSAFE, default=False)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    catalog = context.catalog
    seen = set()
    for value in () if call.is_other_vendor_host else call.models:
        reference = catalog.find(value.spelling)
        if reference is None or value.at in seen or reference.is_fine_tuned or catalog.retirement(reference) is not None:
            continue
        model = reference.model
        successor = _successor(model, catalog)
        ratio = catalog.price_ratio(model, successor) if successor is not None else None
        if successor is None or ratio is None or ratio <= 1:
            continue
        seen.add(value.at)
        fix = replace_model(call, value, reference, successor)
        yield call.finding(
            "LLM203",
            "superseded-model",
            f"`{value.spelling}` has a newer successor: the same text costs {times(ratio)} times what it does on {successor.id}",
            at=value.at,
            confidence=Confidence.HIGH if value.is_only else Confidence.MEDIUM,
            help=f"use `{successor.id}`" if fix is None else None,
            fix=fix,
        )


def _successor(model: Model, catalog: Catalog) -> Model | None:
    """The newest model that the catalogue names for those who move on, of the same tier; None if there is none."""
    found = None
    seen = {model.id}
    following = catalog.get(model.successor or "")
    while following is not None and following.id not in seen:
        seen.add(following.id)
        if following.tier == model.tier:
            found = following
        following = catalog.get(following.successor or "")
    return found
