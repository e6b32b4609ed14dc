"""The language server in a real editor: Neovim without a screen."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NEOVIM = shutil.which("nvim")


@pytest.mark.skipif(NEOVIM is None or sys.version_info < (3, 11), reason="needs nvim, and python -P")
def test_neovim_shows_findings_and_fixes_them(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    own = {"LLMLINT_PYTHON": sys.executable, "LLMLINT_FILE": str(project / "app.py"), "LLMLINT_OUT": str(out)}
    own |= {"XDG_STATE_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    command = [str(NEOVIM), "--headless", "--clean", "-n", "-S", str(HERE / "session.lua")]
    done = subprocess.run(command, env={**os.environ, **own}, capture_output=True, text=True, timeout=120)
    assert out.exists(), done.stderr
    report = json.loads(out.read_text())
    assert sorted(report["found"]) == ["LLM101", "LLM202"]
    assert any("per 1,000 calls" in each for each in report["messages"])
    assert sorted(report["lines"]) == [9, 16]
    assert report["fix_all"] == ["llmlint: Fix all safe findings"]
    assert report["after_fix_all"] == ["LLM202"]
    assert report["has_breakpoint"]
    assert report["keeps_model"]
    assert report["quick"] == [
        "LLM202: Use `claude-haiku-5-5` (unsafe: may change behaviour)",
        "LLM202: Ignore here, because ...",
    ]
    assert report["after_quick_fix"] == []
    assert not report["has_model"]
