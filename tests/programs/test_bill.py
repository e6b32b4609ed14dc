"""The benchmark of the bill: a whole program says the same after all fixes, for at most 0.37 of the money."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

RUN = Path(__file__).parents[2] / "benchmarks" / "bill" / "run.py"
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the runner of the programs forks")


@pytest.fixture(scope="module")
def bill() -> ModuleType:
    specification = importlib.util.spec_from_file_location("bill_run", RUN)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["bill_run"] = module  # Where dataclasses look for it.
    specification.loader.exec_module(module)
    return module


def test_a_company_pays_a_third_after_all_fixes(bill: ModuleType, tmp_path: Path) -> None:
    before, after, _ = bill.bill_of(tmp_path, step_by_step=False)
    assert after.outcome.out == before.outcome.out
    assert not before.bill.refused
    assert not after.bill.refused
    buckets, fixed = before.bill.by_bucket(), after.bill.by_bucket()
    assert set(buckets) == set(bill.BUCKETS)
    for name, (share, _) in bill.BUCKETS.items():
        assert buckets[name].dollars / before.bill.dollars == pytest.approx(share, abs=0.01), f"the mix of the audit: {name}"
        assert fixed[name].dollars < buckets[name].dollars
    assert after.bill.dollars / before.bill.dollars <= bill.GOAL, bill.table(before.bill, after.bill)


def test_sparse_calls_do_not_cost_more_after_all_fixes(bill: ModuleType, tmp_path: Path) -> None:
    before, after, _ = bill.bill_of(tmp_path, step_by_step=False, seconds=bill.SPARSE)
    assert after.outcome.out == before.outcome.out
    assert not after.bill.refused
    assert after.bill.dollars < before.bill.dollars, bill.table(before.bill, after.bill)
