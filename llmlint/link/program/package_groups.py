"""Which files of a run may have to do with each other: all of a project, and those of one package where many lie side by side."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cached_property

from llmlint.link.program.disk import Disk

_SMALL_RUN = 500
_PROJECT_MARKS = ("pyproject.toml", "setup.py", "setup.cfg", ".git", "requirements.txt", "Pipfile", "environment.yml")


class PackageGroups:
    """The files of a run, by package group: each folder of a folder of packages is one, and its loose modules together are one.

    Paths are as the user names them. `root` is the folder above which nothing of the run lies.
    """

    def __init__(self, files: Iterable[str], root: str, disk: Disk) -> None:
        self.files = sorted(files)
        if any(path.startswith("../") for path in self.files):
            # The order must not depend on where the working directory is.
            self.files.sort(key=disk.absolute)
        # The folder whose folders are package groups, with its last slash; None where all files are one project.
        self._folder = self._folder_of_packages(root, disk) if len(self.files) > _SMALL_RUN else None

    @property
    def is_project(self) -> bool:
        """Whether all files are one project."""
        return self._folder is None

    def of(self, path: str) -> str:
        """The name of a file's package group; empty for loose modules, for what lies elsewhere, and in a project."""
        if self._folder is None or not path.startswith(self._folder):
            return ""
        return path[len(self._folder) :].rpartition("/")[0].partition("/")[0]

    def members(self, group: str) -> list[str]:
        """The files of a package group, in order."""
        return self.by_name.get(group, [])

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        """All files by package group."""
        if self._folder is None:
            return {"": self.files}
        groups: dict[str, list[str]] = {}
        for path in self.files:
            groups.setdefault(self.of(path), []).append(path)
        return groups

    def _folder_of_packages(self, root: str, disk: Disk) -> str | None:
        try:
            folder = os.path.commonpath([self.files[0], self.files[-1]]).replace(os.sep, "/")
        except ValueError:  # On several drives.
            return None
        at = disk.absolute(folder or ".")
        while disk.exists(os.path.join(at, "__init__.py")) and at != root:
            folder, at = folder.rpartition("/")[0], os.path.dirname(at)
        above = at
        while above.startswith(root):
            if any(disk.exists(os.path.join(above, mark)) for mark in _PROJECT_MARKS):
                return None
            if above == os.path.dirname(above):
                break
            above = os.path.dirname(above)
        return f"{folder}/" if folder else ""
