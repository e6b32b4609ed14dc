"""Fixed programs run as before: the same output from the real SDKs, for less money."""

from __future__ import annotations

import os

import pytest

from metered.programs import Measured, Program, find_programs

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the runner of the programs forks")


@pytest.mark.parametrize("program", find_programs(), ids=lambda program: program.id)
def test_a_fixed_program_says_the_same_for_less(program: Program, measured: Measured) -> None:
    before, after = measured.before, measured.after
    fixed = "\n".join(f"--- {name}\n{text}" for name, text in measured.fixed.items() if name in measured.changed)
    assert measured.changed, f"llmlint changed nothing:\n{measured.lint.out}{measured.lint.err}"
    assert measured.lint.code in (0, 1), measured.lint.err
    assert after.code == 0, f"{after.err}\n{fixed}"
    assert not measured.bill_after.refused, fixed
    assert after.out.strip(), "a program that prints nothing shows nothing"
    if program.failure is not None:
        assert before.code != 0
        assert program.failure in before.err
        return
    assert before.code == 0, before.err
    assert after.out == before.out, fixed
    assert measured.bill_before.dollars > 0
    share = measured.bill_after.dollars / measured.bill_before.dollars
    if program.share is None:
        assert share <= 1 + 1e-9, fixed
    else:
        assert share < 1, fixed
        assert share <= program.share + 1e-9, fixed
