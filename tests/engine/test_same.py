"""`scripts/check_same.py` passes where findings are the same however they are found, and names what differs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASK = """\
import anthropic

client = anthropic.Anthropic()


def ask(question, model):
    return client.messages.create(model=model, max_tokens=9, messages=[{"role": "user", "content": question}])
"""
CALLER = "from ask import ask\n\nprint(ask('Which?', 'claude-2.1'))\n"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the script chooses processors")


@pytest.fixture
def repositories(tmp_path: Path) -> Path:
    folder = tmp_path / "one"
    folder.mkdir()
    (folder / "ask.py").write_text(ASK)
    for name in ("a_caller", "z_caller"):
        (folder / f"{name}.py").write_text(CALLER)
    return tmp_path


def check(repositories: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "check_same.py"), str(repositories), "--orders", "2"]
    path = os.pathsep.join([str(repositories / "patch"), str(ROOT)])
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path, **environment})


def test_findings_are_the_same_in_all_orders(repositories: Path) -> None:
    result = check(repositories)
    assert result.stdout == "1 repositories, 5 runs of each: 0 with differences\n"
    assert result.returncode == 0


def test_what_differs_is_named(tmp_path: Path, repositories: Path) -> None:
    patch = tmp_path / "patch"
    patch.mkdir()
    # A llmlint that says in which order it was asked to check files.
    (patch / "sitecustomize.py").write_text(
        "import os, sys\nif 'LLMLINT_CHECK_SAME_ORDER' in os.environ: print(os.environ['LLMLINT_CHECK_SAME_ORDER'], file=sys.stderr)\n"
    )
    result = check(repositories)
    assert "one: order 1\n  - 0\n  + 1\n" in result.stdout
    assert result.returncode == 1
