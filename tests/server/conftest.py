"""A small project to open in an editor."""

from __future__ import annotations

from pathlib import Path

import pytest

from editor import APP, PROMPTS


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "desk"
    (root / ".git").mkdir(parents=True)
    (root / "prompts.py").write_text(PROMPTS)
    (root / "app.py").write_text(APP)
    return root
