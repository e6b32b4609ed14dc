"""unused-suppression (LLM001)

## What it does
Finds `# llmlint: ignore[…]` and `# noqa: LLM…` comments that suppress nothing: the rule finds nothing on the lines of the call or of the
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

## Limitations
Only files that can hold an LLM call are looked at. With `--no-project`, nothing is reported unless the whole project is linted.
"""

from __future__ import annotations

import inspect
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache

from llmlint.callsite import Request
from llmlint.findings import Confidence, Finding
from llmlint.rules.names import UNUSED_SUPPRESSION
from llmlint.rules.registry import Rule, RuleContext, all_rules
from llmlint.source import Source, Span
from llmlint.suppressions import Suppression, find_suppressions

CODE, NAME, _ = UNUSED_SUPPRESSION


def _check(call: Request, context: RuleContext) -> Iterator[Finding]:
    """No call has this finding: it is about comments, and known only when all other rules have run."""
    yield from ()


@cache
def known_rules() -> Mapping[str, Rule]:
    """Every rule by code, this one among them, in the order of codes."""
    documentation = inspect.cleandoc(__doc__ or "").split("\n", 1)[-1].strip()
    own = Rule(CODE, NAME, None, True, _check, documentation)
    return dict(sorted({CODE: own, **all_rules()}.items()))


class Suppressions:
    """The suppressing comments of a run, and which of them have hidden something. `source_of` gives the text of a file by path."""

    def __init__(self, source_of: Callable[[str], Source]) -> None:
        self._source_of = source_of
        self._by_path: dict[str, tuple[Suppression, ...]] = {}
        # What each comment has hidden: the codes of findings, by path and the comment's offset.
        self._hidden: dict[tuple[str, int], set[str]] = defaultdict(set)

    def hide(self, finding: Finding) -> bool:
        """Whether a comment hides a finding: on any line of the call or of the finding, or for the whole file of either."""
        is_hidden = False
        for span in (finding.call, finding.at):
            for comment in self._in(span.path):
                if comment.covers(finding.code, finding.name) and (comment.whole_file or self._is_beside(comment, span)):
                    self._hidden[span.path, comment.start] |= {finding.code, finding.name}
                    is_hidden = True
        return is_hidden

    def unused(self, path: str, is_on: Callable[[str], bool]) -> Iterator[Finding]:
        """One finding for each comment of a file that could be shorter. `is_on` tells whether a rule is on there."""
        for comment in self._in(path):
            message = comment.problem or self._fault(comment, self._hidden.get((path, comment.start), ()), is_on)
            if message is not None:
                span = Span(path, comment.start, comment.end)
                yield Finding(CODE, NAME, message, span, span, Confidence.HIGH)

    def _fault(self, comment: Suppression, hidden: Collection[str], is_on: Callable[[str], bool]) -> str | None:
        rules = known_rules()
        by_name = {rule.name: rule.code for rule in rules.values()}
        if not comment.codes:
            # A bare `noqa` is meant for other tools too, which may need it.
            return None if hidden or comment.kind == "noqa" else "nothing in this file has to be suppressed"
        unknown = [code for code in comment.codes if code not in rules and code not in by_name]
        unused = [code for code in comment.codes if code not in hidden and code not in unknown and is_on(by_name.get(code, code))]
        faults = []
        if unknown:
            faults.append(f"there is no rule {' or '.join(unknown)}")
        if unused:
            where = "in this file" if comment.whole_file else "here"
            faults.append(f"{' and '.join(unused)} {'finds' if len(unused) == 1 else 'find'} nothing {where} to suppress")
        return "; ".join(faults) or None

    def _in(self, path: str) -> tuple[Suppression, ...]:
        if path not in self._by_path:
            self._by_path[path] = find_suppressions(self._source_of(path).text)
        return self._by_path[path]

    def _is_beside(self, comment: Suppression, span: Span) -> bool:
        starts = self._source_of(span.path).starts
        # A span that ends with a line break does not reach into the next line.
        last = max(span.start, span.end - 1)
        return bisect_right(starts, span.start) <= comment.line <= bisect_right(starts, last)
