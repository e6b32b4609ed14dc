"""What several rules say of one name of a model is one finding."""

from __future__ import annotations

import dataclasses

import pytest

from llmlint.findings import Applicability, Confidence, Edit, Finding, Fix, Saving
from llmlint.rules.one_model import one_for_each_model
from llmlint.source import Span

SAYS = {
    "LLM201": "`opus` is a premium-tier model: it costs 2 times what sonnet does",
    "LLM202": "`opus` for what looks like tagging: a small-tier model is mostly enough",
    "LLM203": "`opus` has a newer successor",
    "LLM204": "`opus` was retired on 2026-01-05; its successor astra costs 2 times as much for input",
}


def finding(code: str, end: int = 11, call: int = 50, confidence: Confidence = Confidence.MEDIUM) -> Finding:
    fix = Fix(Applicability.UNSAFE, f"fix of {code}", ())
    return Finding(code, "", SAYS.get(code, code), Span("app.py", 5, end), Span("app.py", call, call + 9), confidence, fix=fix)


@pytest.mark.parametrize(
    ("codes", "code", "fix", "message"),
    [
        (
            ("LLM201", "LLM204"),
            "LLM201",
            "LLM204",
            "`opus` was retired on 2026-01-05, and is a premium-tier model: it costs 2 times what sonnet does; its successor astra costs 2 "
            "times as much for input",
        ),
        (
            ("LLM202", "LLM204"),
            "LLM202",
            "LLM202",
            "`opus` was retired on 2026-01-05; for what looks like tagging: a small-tier model is mostly enough; its successor astra costs 2 "
            "times as much for input",
        ),
        (("LLM201", "LLM203"), "LLM201", "LLM201", SAYS["LLM201"]),
        (("LLM204",), "LLM204", "LLM204", SAYS["LLM204"]),
    ],
)
def test_one_message_and_one_fix(codes: tuple[str, ...], code: str, fix: str, message: str) -> None:
    [one] = one_for_each_model(finding(each) for each in codes)
    assert one.fix is not None
    assert (one.code, one.fix.message, one.message) == (code, f"fix of {fix}", message)


def test_the_saving_is_that_of_the_fix() -> None:
    premium, retired = finding("LLM201"), finding("LLM204")
    [one] = one_for_each_model([dataclasses.replace(premium, saving=Saving(10, 5, ())), retired])
    assert one.fix == retired.fix
    assert one.saving is None


def test_the_surer_confidence_holds() -> None:
    [one] = one_for_each_model([finding("LLM201"), finding("LLM204", confidence=Confidence.HIGH)])
    assert one.confidence is Confidence.HIGH


def test_a_name_in_a_file_of_configuration_is_not_hardcoded() -> None:
    [one] = one_for_each_model([finding("LLM201", 25), finding("LLM204", 25)])
    assert one.code == "LLM204"


def test_other_calls_and_other_rules_stay_apart() -> None:
    kept = [finding("LLM101"), finding("LLM201"), finding("LLM204", call=90), finding("LLM301")]
    assert one_for_each_model(kept) == kept


def test_two_fixes_never_write_two_models_at_one_place() -> None:
    at = Span("app.py", 5, 11)
    fixes = {
        code: Fix(Applicability.UNSAFE, f"Use `{name}`, with this", (Edit(at, name), Edit(Span("app.py", 90, 90), "")))
        for code, name in (("LLM204", "sonnet"), ("LLM205", "haiku"))
    }
    retired, simple = (
        dataclasses.replace(finding(code, call=call), fix=fixes[code], message=code)
        for code, call in (("LLM204", 90), ("LLM205", 50))
    )
    first, second = one_for_each_model([simple, retired])
    assert second.fix == retired.fix
    assert first.fix is not None
    assert first.fix.applicability is Applicability.DISPLAY_ONLY
    assert first.fix.edits == (Edit(at, "haiku"),)
    assert "for which another model is offered" in first.fix.message


def test_a_retired_name_of_several_calls_is_one_finding() -> None:
    later, first = finding("LLM204", call=90), finding("LLM204")
    [one] = one_for_each_model([later, first])
    assert one.call == first.call
    assert [note.span for note in one.related] == [later.call]
