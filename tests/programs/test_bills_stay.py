"""No fix raises a bill: programs on which a cache breakpoint or a batch would cost more than it saves."""

from __future__ import annotations

import os

import pytest

from metered.programs import Measured, Program, find_bills

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the runner of the programs forks")

_PROGRAMS = [pytest.param(program, id=program.id) for program in find_bills()]


@pytest.mark.parametrize("program", _PROGRAMS)
def test_fixes_do_not_raise_the_bill(program: Program, measured: Measured) -> None:
    before, after = measured.before, measured.after
    fixed = "\n".join(f"--- {name}\n{text}" for name, text in measured.fixed.items() if name in measured.changed)
    assert before.code == 0, before.err
    assert after.code == 0, f"{after.err}\n{fixed}"
    assert measured.lint.code in (0, 1), measured.lint.err
    assert after.out == before.out, fixed
    assert measured.bill_before.dollars > 0
    assert measured.bill_after.dollars <= measured.bill_before.dollars * (1 + 1e-9), fixed
