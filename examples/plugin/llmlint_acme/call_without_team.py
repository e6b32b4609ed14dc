"""call-without-team (ACME101)

## What it does
Finds calls of Acme's gateway that do not say which team pays for them.

## Why it costs
What no team is charged for, nobody saves.

## Example
```python
gateway.ask(model="claude-haiku-5-5", messages=question)
```

## Use instead
```python
gateway.ask(model="claude-haiku-5-5", messages=question, team="search")
```

## Fix safety
There is no fix: only a person knows the team.

## Limitations
A call that passes arguments as `**options` is left alone where these are not known.

## References
- [The gateway's handbook](https://example.com/llmlint-acme)
"""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.findings import Confidence, Finding
from llmlint.rules.registry import RuleContext, rule


@rule("ACME101", "call-without-team", applicability=None)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    if call.provider != "acme" or call.has("team") or call.fields.is_open:
        return
    yield call.finding(
        "ACME101",
        "call-without-team",
        "no team is charged for this call",
        at=call.span,
        confidence=Confidence.HIGH,
        help='say which team pays: `team="…"`',
    )
