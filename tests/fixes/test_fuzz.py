"""Three hundred oddly written programs are fixed and none is broken. `python scripts/fuzz_fixes.py --count 2000` does more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "fuzz_fixes.py"


@pytest.mark.skipif(sys.platform == "win32", reason="programs are stopped by an alarm if they run too long")
def test_no_program_is_broken_by_its_fixes() -> None:
    result = subprocess.run([sys.executable, str(SCRIPT), "--count", "300"], capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stdout + result.stderr
    *_, counts, applied, _ = result.stdout.splitlines()
    assert counts.startswith("300 programs, ")
    # The programs are what they are for: most are changed, and most of these can be run before and after.
    changed, ran = (int(part.split()[0]) for part in counts.split(", ")[1:3])
    assert changed > 240
    assert ran > 200
    assert all(
        code in applied for code in ("LLM101", "LLM102", "LLM103", "LLM104", "LLM105", "LLM106", "LLM107", "LLM108", "LLM201")
    )
