"""A run with rules of its own: faults of rules and of their fixes cost one finding or one file, never the run or the user's code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from llmlint.callsite import Request
from llmlint.config.settings import SettingsResolver
from llmlint.findings import Applicability, Confidence, Edit, FileError, Finding, Fix
from llmlint.link.calls.arguments import CallArguments
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.flow.history import History
from llmlint.providers import on_paths
from llmlint.rules.registry import Check, Rule, RuleContext
from llmlint.run import checking
from llmlint.run.engine import Run
from llmlint.run.fixing import Fixed, fix
from llmlint.source import Span

TEXT = """\
import anthropic

client = anthropic.Anthropic()
client.messages.create(model="claude-haiku-5-5", max_tokens=1, messages=[])  # first
client.messages.create(model="claude-haiku-5-5", max_tokens=2, messages=[])
"""

MakeRun = Callable[..., Run]


@pytest.fixture
def make_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeRun:
    """A run over `app.py` and `other.py` with the given checks as rules LLM901, LLM902, …"""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.py").write_text(TEXT)
    (tmp_path / "other.py").write_text(TEXT.replace("max_tokens=1", "max_tokens=3"))

    def make(*checks: Check, **overrides: object) -> Run:
        rules = {
            f"LLM90{number}": Rule(f"LLM90{number}", f"rule-{number}", Applicability.SAFE, True, check, "")
            for number, check in enumerate(checks, 1)
        }
        return Run.of_paths(["."], SettingsResolver(".", overrides, True, known=rules), rules)

    return make


def finding(call: Request, fix: Fix | None = None, code: str = "LLM901", confidence: Confidence = Confidence.HIGH) -> Finding:
    return call.finding(code, "rule", "found", at=call.span, confidence=confidence, fix=fix)


def edit(call: Request, old: str, new: str, applicability: Applicability = Applicability.SAFE) -> Fix | None:
    """A fix that replaces a text inside of the call, if it is there."""
    at = call.source(call.span).find(old)
    if at < 0:
        return None
    start = call.span.start + at
    return Fix(applicability, "mend it", (Edit(Span(call.span.path, start, start + len(old)), new),))


def replacing(old: str, new: str, code: str = "LLM901") -> Check:
    """A rule that finds the calls with a text, and replaces it."""

    def check(call: Request, context: RuleContext) -> Iterator[Finding]:
        fix = edit(call, old, new)
        if fix is not None:
            yield finding(call, fix, code)

    return check


def text_after(fixed: Fixed, path: str = "app.py") -> str:
    return fixed.run.text(path)


def test_findings_are_sorted_and_unique(make_run: MakeRun) -> None:
    def check(call: Request, context: RuleContext) -> Iterator[Finding]:
        yield finding(call, code="LLM902")
        yield finding(call, code="LLM902")

    def other(call: Request, context: RuleContext) -> Iterator[Finding]:
        yield finding(call)

    found = make_run(check, other).lint().findings
    assert [(each.at.path, TEXT.count("\n", 0, each.at.start) + 1, each.code) for each in found] == [
        (path, line, code) for path in ("app.py", "other.py") for line in (4, 5) for code in ("LLM901", "LLM902")
    ]


def test_a_rule_that_fails_costs_its_finding_and_names_the_file(make_run: MakeRun) -> None:
    def fails(call: Request, context: RuleContext) -> Iterator[Finding]:
        if "max_tokens=3" in call.source(call.span):
            raise ValueError("no\nluck")
        yield finding(call)

    def works(call: Request, context: RuleContext) -> Iterator[Finding]:
        yield finding(call, code="LLM902")

    lint = make_run(fails, works).lint()
    assert [(each.path, each.message.partition(" (")[0]) for each in lint.errors] == [
        ("other.py", "internal error, please report it: ValueError: no luck")
    ]
    assert [each.code for each in lint.findings] == ["LLM901", "LLM902", "LLM901", "LLM902", "LLM902", "LLM901", "LLM902"]


def test_prompts_and_loops_are_looked_for_once_a_rule_asks_and_a_fault_there_costs_one_file(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = on_paths.read_history

    def fails(
        evaluator: Evaluator, arguments: CallArguments, names: tuple[str, ...], marks: Callable[[], Sequence[Span]]
    ) -> History:
        if arguments.place.module.path == "other.py":
            raise ValueError("lost")
        return read(evaluator, arguments, names, marks)

    monkeypatch.setattr(on_paths, "read_history", fails)

    def asks(call: Request, context: RuleContext) -> Iterator[Finding]:
        if call.prompt is not None:
            yield finding(call)

    def asks_not(call: Request, context: RuleContext) -> Iterator[Finding]:
        yield finding(call)

    assert make_run(asks_not).lint().errors == ()
    run = make_run(asks, asks)
    lint = run.lint()
    assert [each.at.path for each in lint.findings] == ["app.py", "app.py"]
    assert [(each.path, each.message.partition(" (")[0]) for each in lint.errors] == [
        ("other.py", "internal error, please report it: ValueError: lost")
    ]
    assert [(path, type(sites)) for path, sites in run.call_sites()] == [("app.py", tuple), ("other.py", FileError)]


def test_a_fault_on_the_way_from_value_to_call_costs_the_way_only(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(found: Finding, *others: object) -> Finding:
        if found.call.path == "other.py":
            raise ValueError("lost")
        return found

    def check(call: Request, context: RuleContext) -> Iterator[Finding]:
        yield finding(call)

    monkeypatch.setattr(checking, "explained", fails)
    lint = make_run(check).lint()
    assert {(each.path, each.message.partition(" (")[0]) for each in lint.errors} == {
        ("other.py", "internal error, please report it: ValueError: lost")
    }
    assert [each.call.path for each in lint.findings] == ["app.py", "app.py", "other.py", "other.py"]


def test_confidence_below_the_least_is_not_shown(make_run: MakeRun) -> None:
    def check(call: Request, context: RuleContext) -> Iterator[Finding]:
        for confidence in Confidence:
            yield finding(call, confidence=confidence)

    assert len(make_run(check).lint().findings) == 8
    assert len(make_run(check, **{"min-confidence": "low"}).lint().findings) == 12
    assert len(make_run(check, **{"min-confidence": "high"}).lint().findings) == 4


def test_what_appears_after_fixes_is_reported_and_left_to_the_next_run(make_run: MakeRun) -> None:
    run = make_run(replacing("max_tokens=1", "max_tokens=7"), replacing("max_tokens=7", "max_tokens=8", "LLM902"))
    lint = run.lint()
    assert len(lint.findings) == 1
    fixed = fix(run, lint)
    assert (fixed.found, fixed.fixed, fixed.gone, fixed.refused, fixed.unfinished) == (1, 1, 0, (), ())
    assert fixed.appeared == fixed.lint.findings
    assert [each.code for each in fixed.appeared] == ["LLM902"]
    assert text_after(fixed) == TEXT.replace("max_tokens=1", "max_tokens=7")
    assert list(fixed.changed) == ["app.py"]
    assert Path("app.py").read_text() == TEXT, "nothing is written yet"
    again = fix(fixed.run, fixed.lint)
    assert (again.found, again.fixed, again.lint.findings) == (1, 1, ())
    assert text_after(again) == TEXT.replace("max_tokens=1", "max_tokens=8")


def test_findings_that_the_fixes_of_others_end_are_counted_apart(make_run: MakeRun) -> None:
    def same(call: Request, context: RuleContext) -> Iterator[Finding]:
        if "max_tokens=1" in call.source(call.span):
            yield finding(call, None, "LLM902")

    fixed = fix(run := make_run(replacing("max_tokens=1", "max_tokens=7"), same), run.lint())
    assert (fixed.found, fixed.fixed, fixed.gone, fixed.appeared) == (2, 1, 1, ())


def test_overlapping_fixes_are_applied_one_after_another(make_run: MakeRun) -> None:
    run = make_run(
        replacing("max_tokens=1, messages=[]", "max_tokens=9, messages=[]"),
        replacing("messages=[])", 'messages=[], system="x")', "LLM902"),
    )
    fixed = fix(run, run.lint())
    assert fixed.refused == ()
    assert 'max_tokens=9, messages=[], system="x")  # first' in text_after(fixed)


def test_a_fix_that_undoes_another_is_left_out(make_run: MakeRun) -> None:
    def back(call: Request, context: RuleContext) -> Iterator[Finding]:
        source = call.source(call.span)
        number = next((each for each in ("1", "7") if f"max_tokens={each}, messages=[]" in source), None)
        if number is not None:
            yield finding(call, edit(call, f"max_tokens={number}, messages=[]", "max_tokens=1, messages=[]"), "LLM902")

    run = make_run(replacing("max_tokens=1", "max_tokens=7"), back)
    fixed = fix(run, run.lint())
    assert fixed.fixed == 1
    assert [(each.finding.code, each.reason) for each in fixed.refused] == [("LLM902", "it would undo another fix")]
    assert [each.code for each in fixed.lint.findings] == ["LLM902"]
    assert text_after(fixed) == TEXT.replace("max_tokens=1", "max_tokens=7")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("max_tokens=1,", "max_tokens=,", "would not parse"),
        ("max_tokens=1", "max_tokens=10", "would still be there after its fix"),
    ],
)
def test_a_wrong_fix_is_left_out_and_the_others_are_applied(make_run: MakeRun, old: str, new: str, reason: str) -> None:
    run = make_run(
        replacing(old, new),
        replacing("max_tokens=2,", "max_tokens=20,", "LLM902"),
        replacing("max_tokens=3,", "max_tokens=30,", "LLM903"),
    )
    fixed = fix(run, run.lint())
    [refusal] = fixed.refused
    assert refusal.finding.at.path == "app.py"
    assert reason in refusal.reason
    assert text_after(fixed) == TEXT.replace("max_tokens=2", "max_tokens=20")
    assert "max_tokens=30" in text_after(fixed, "other.py")
    assert [each.code for each in fixed.lint.findings] == ["LLM901"]


def test_a_fix_that_loses_a_comment_is_left_out(make_run: MakeRun) -> None:
    def check(call: Request, context: RuleContext) -> Iterator[Finding]:
        if "max_tokens=1" in call.source(call.span):
            end = Span(call.span.path, call.span.end, call.span.end + len("  # first"))
            yield finding(call, Fix(Applicability.SAFE, "mend it", (Edit(end, ""),)))

    run = make_run(check)
    fixed = fix(run, run.lint())
    [refusal] = fixed.refused
    assert refusal.reason == "the fix would lose a comment: # first"
    assert fixed.changed == {}


def test_unsafe_fixes_follow_the_settings_unless_asked(make_run: MakeRun) -> None:
    def check(call: Request, context: RuleContext) -> Iterator[Finding]:
        fix = edit(call, "max_tokens=1", "max_tokens=9", Applicability.UNSAFE)
        if fix:
            yield finding(call, fix)

    run = make_run(check)
    assert fix(run, run.lint()).fixed == 0
    assert fix(run, run.lint(), unsafe=True).fixed == 1
    run = make_run(check, **{"unsafe-fixes": True})
    assert fix(run, run.lint()).fixed == 1
    assert fix(run, run.lint(), unsafe=False).fixed == 0


def test_a_fix_of_a_rule_that_is_not_fixable_is_for_display_only(make_run: MakeRun) -> None:
    run = make_run(replacing("max_tokens=1", "max_tokens=9"), unfixable=["LLM901"])
    lint = run.lint()
    assert [each.fix.applicability for each in lint.findings if each.fix] == [Applicability.DISPLAY_ONLY]
    assert fix(run, lint).changed == {}
