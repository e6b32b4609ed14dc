"""Which files are taken to have to do with each other, wherever llmlint is called from."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from llmlint.link.program import package_groups
from llmlint.link.program.disk import Disk
from llmlint.link.program.package_groups import PackageGroups

FILES = ("aider/main.py", "aider/coders/base.py", "mem0/main.py", "single.py", "six.py")

Make = Callable[..., PackageGroups]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """The package groups of files below a folder of the temporary one, as called from there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(package_groups, "_SMALL_RUN", 1)

    def make(*files: str, below: str = "", marks: tuple[str, ...] = ()) -> PackageGroups:
        for name in (*(below + file for file in files), *marks):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()
        return PackageGroups([below + file for file in files], str(tmp_path), Disk())

    return make


@pytest.mark.parametrize("below", ["", "lib/site-packages/"])
def test_packages_side_by_side_are_groups_and_loose_modules_are_one(make: Make, below: str) -> None:
    found = make(*FILES, below=below)
    assert found.by_name == {
        "aider": [f"{below}aider/coders/base.py", f"{below}aider/main.py"],
        "mem0": [f"{below}mem0/main.py"],
        "": [f"{below}single.py", f"{below}six.py"],
    }
    assert found.of(f"{below}aider/new.py") == "aider"
    assert found.members("mem0") == [f"{below}mem0/main.py"]
    assert found.members("nobody") == []


def test_the_folders_of_one_package_are_no_groups(make: Make) -> None:
    files = ("litellm/llms/openai.py", "litellm/proxy/server.py")
    assert make(*files, marks=("litellm/__init__.py",)).by_name == {"litellm": list(files)}


@pytest.mark.parametrize("mark", ["pyproject.toml", "lib/.git", "lib/site-packages/requirements.txt"])
def test_a_project_is_one_group(make: Make, mark: str) -> None:
    found = make(*FILES, below="lib/site-packages/", marks=(mark,))
    assert list(found.by_name) == [""]
    assert found.members("") == found.files


def test_few_files_are_one_group(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_groups, "_SMALL_RUN", len(FILES))
    assert list(make(*FILES).by_name) == [""]


def test_the_order_of_files_does_not_depend_on_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("a", "b", "c"):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path)
    whole = PackageGroups(["c/z.py", "b/y.py", "a/x.py"], str(tmp_path), Disk()).files
    monkeypatch.chdir(tmp_path / "b")
    inside = PackageGroups(["../c/z.py", "y.py", "../a/x.py"], str(tmp_path), Disk()).files
    assert [os.path.abspath(path) for path in inside] == [str(tmp_path / path) for path in whole]


@pytest.mark.parametrize("marks", [(), ("pyproject.toml",)])
def test_packages_below_a_mark_of_a_project_are_one_project(make: Make, marks: tuple[str, ...]) -> None:
    assert make(*FILES, marks=marks).is_project is bool(marks)
