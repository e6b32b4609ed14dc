"""Inputs that fuzzing found or reached much with (scripts/fuzz_inputs.py), one file each: nothing is raised that is not promised."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

KEPT = Path(__file__).parent / "reproducers"
INPUTS = sorted(path for path in KEPT.glob("*/*") if path.is_file())


@pytest.fixture(scope="module")
def targets() -> ModuleType:
    path = Path(__file__).parents[1] / "scripts" / "fuzz_targets.py"
    spec = importlib.util.spec_from_file_location("fuzz_targets", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_target_has_inputs(targets: ModuleType) -> None:
    assert {path.parent.name for path in INPUTS} == set(targets.TARGETS)


@pytest.mark.skipif(sys.platform == "win32", reason="names of files and links are those of POSIX")
@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_input_does_no_harm(targets: ModuleType, path: Path) -> None:
    targets.TARGETS[path.parent.name](path.read_bytes())
