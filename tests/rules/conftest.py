"""The fixture for files of fixtures/."""

from __future__ import annotations

from fixture_files import in_folder

__all__ = ["in_folder"]
