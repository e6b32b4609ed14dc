"""pre-commit's own machinery runs the hooks as scripts/check_pre_commit.py says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pre_commit")

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "check_pre_commit.py"


def test_hooks_report_and_fix_what_commits_of_single_files_change() -> None:
    outcome = subprocess.run([sys.executable, str(SCRIPT), "--system"], capture_output=True, text=True, timeout=300)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "all hooks did what they must" in outcome.stdout
