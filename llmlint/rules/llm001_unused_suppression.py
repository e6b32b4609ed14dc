"""unused-suppression (LLM001)

## What it does
Finds `# llmlint: ignore[…]` and `# noqa: LLM…` comments that suppress nothing: the rule finds nothing at the call or at the
finding, no rule has that name, or the comment cannot be read. Codes of rules that are turned off, and of other tools, are left alone.

## Why it costs
A comment that outlives its reason hides the next leak on the same line.

## Example
```python
client.messages.create(model="claude-haiku-5-5", messages=messages)  # llmlint: ignore[LLM201]
```

## Use instead
```python
client.messages.create(model="claude-haiku-5-5", messages=messages)
```

## Fix safety
Safe: a comment, or a code in it, is removed. There is no fix for codes that may be misspelt.

## Limitations
In files that cannot hold an LLM call, only comments that are misspelt are reported. With `--no-project`, nothing is reported unless the whole
project is linted.
"""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.findings import Applicability, Finding
from llmlint.rules.names import UNUSED_SUPPRESSION
from llmlint.rules.registry import RuleContext, rule


@rule(UNUSED_SUPPRESSION.code, UNUSED_SUPPRESSION.name, applicability=Applicability.SAFE)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    """No call has this finding: it is about comments, and known only when all other rules have run (`suppressions/unused.py`)."""
    yield from ()
