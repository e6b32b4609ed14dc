"""Which findings a comment suppresses, and which comments suppress nothing (LLM001)."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache, partial

from llmlint.config.settings import SettingsResolver
from llmlint.discover.decode import DecodeError
from llmlint.findings import Applicability, Confidence, Edit, Finding, Fix
from llmlint.rules.names import UNUSED_SUPPRESSION, rule_names
from llmlint.source import Source, Span
from llmlint.suppressions.comments import Suppression, find_suppressions, without_codes
from llmlint.suppressions.statements import Statements

_OF_LOOPS = "LLM3"


@cache
def _codes_by_name() -> Mapping[str, str]:
    return {rule.name: rule.code for rule in rule_names().values()}


class Suppressions:
    """The suppressing comments of a run, and which of them have hidden something. `source_of` gives the text of a file by path."""

    def __init__(self, source_of: Callable[[str], Source]) -> None:
        self._source_of = source_of
        self._by_path: dict[str, tuple[Suppression, ...]] = {}
        self._statements_by_path: dict[str, Statements] = {}
        # What each comment has hidden: the codes of findings, by path and the comment's offset.
        self._hidden: dict[tuple[str, int], set[str]] = defaultdict(set)

    def hide(self, finding: Finding) -> bool:
        """Whether a comment hides a finding: beside the call or the finding, or for the whole file of either."""
        is_hidden = False
        for span in (finding.call, finding.at):
            for comment in self._in(span.path):
                if comment.covers(finding.code, finding.name) and (
                    comment.whole_file or self._is_beside(comment, span, finding.code)
                ):
                    self._hidden[span.path, comment.start] |= {finding.code, finding.name}
                    is_hidden = True
        return is_hidden

    def unused(self, path: str, is_on: Callable[[str], bool]) -> Iterator[Finding]:
        """One finding for each comment of a file that could be shorter. `is_on` tells whether a rule is on there."""
        for comment in self._in(path):
            message = comment.problem or self._fault(comment, self._hidden.get((path, comment.start), ()), is_on)
            if message is not None:
                span = Span(path, comment.start, comment.end)
                yield Finding(*UNUSED_SUPPRESSION[:2], message, span, span, Confidence.HIGH, fix=self._fix(path, comment, is_on))

    def about_comments(self, settings: SettingsResolver, checked: Iterable[str], others: Iterable[str]) -> Iterator[Finding]:
        """The findings about the comments of files whose calls were `checked`, and of `others`, which have none."""
        for path in checked:
            is_on = partial(settings.for_file(path).is_enabled, path=path)
            if is_on(UNUSED_SUPPRESSION.code):
                yield from self.unused(path, is_on)
        for path in others:
            if settings.for_file(path).is_enabled(UNUSED_SUPPRESSION.code, path):
                with suppress(DecodeError):
                    yield from self.misspelt(path)

    def misspelt(self, path: str) -> Iterator[Finding]:
        """One finding for each comment that cannot be read, or names rules that there are not."""
        return self.unused(path, lambda code: False)

    def _fix(self, path: str, comment: Suppression, is_on: Callable[[str], bool]) -> Fix | None:
        """A fix that takes out what suppresses nothing; None where it may only be misspelt."""
        hidden = self._hidden.get((path, comment.start), ())
        if comment.problem is not None or self._unknown(comment):
            return None
        unused = [code for code in comment.codes if code not in hidden and is_on(_codes_by_name().get(code, code))]
        edit = without_codes(self._source_of(path).text, comment, frozenset(unused or comment.codes))
        message = "Remove the comment" if not edit[2] else f"Remove {' and '.join(unused)}"
        return Fix(Applicability.SAFE, message, (Edit(Span(path, *edit[:2]), edit[2]),))

    def _fault(self, comment: Suppression, hidden: Collection[str], is_on: Callable[[str], bool]) -> str | None:
        by_name = _codes_by_name()
        if not comment.codes:
            # A bare `noqa` is meant for other tools too, which may need it.
            return None if hidden or comment.kind == "noqa" else "nothing in this file has to be suppressed"
        unknown = self._unknown(comment)
        unused = [code for code in comment.codes if code not in hidden and code not in unknown and is_on(by_name.get(code, code))]
        faults = []
        if unknown:
            faults.append(f"there is no rule {' or '.join(unknown)}")
        if unused:
            where = "in this file" if comment.whole_file else "here"
            faults.append(f"{' and '.join(unused)} {'finds' if len(unused) == 1 else 'find'} nothing {where} to suppress")
        return "; ".join(faults) or None

    def _unknown(self, comment: Suppression) -> list[str]:
        return [code for code in comment.codes if code not in rule_names() and code not in _codes_by_name()]

    def _in(self, path: str) -> tuple[Suppression, ...]:
        if path not in self._by_path:
            self._by_path[path] = find_suppressions(self._source_of(path).text)
        return self._by_path[path]

    def _is_beside(self, comment: Suppression, span: Span, code: str) -> bool:
        starts = self._source_of(span.path).starts
        # A span that ends with a line break does not reach into the next line.
        last = max(span.start, span.end - 1)
        line = bisect_right(starts, span.start)
        return line <= comment.line <= bisect_right(starts, last) or self._is_around(comment, span.path, line, code)

    def _is_around(self, comment: Suppression, path: str, line: int, code: str) -> bool:
        """Whether a comment stands on the first or last line of the statement with a line, or alone right above that statement, the function
        around it, or (for rules on loops) at a loop around it."""
        statements = self._statements(path)
        number = statements.at(line)
        if number is None:
            return False
        loops = list(statements.loops(number)) if code.startswith(_OF_LOOPS) else []
        if not comment.is_alone:
            return comment.line in statements.lines(number) or any(comment.line in statements.lines(loop) for loop in loops)
        below = statements.below(comment.line) if comment.codes else None
        if below is None or below not in {number, *loops, *statements.functions(number)}:
            return False
        return statements.is_directly_below(below, comment.line)

    def _statements(self, path: str) -> Statements:
        if path not in self._statements_by_path:
            self._statements_by_path[path] = Statements(self._source_of(path).text)
        return self._statements_by_path[path]
