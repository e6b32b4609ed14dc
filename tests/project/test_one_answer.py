"""A file has the same findings from wherever it is linted: those of the whole project that touch it."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from llmlint.discover.project import Projects

NAMES = (
    "desk/answer.py",
    "desk/models.py",
    "desk/prompts.py",
    "jobs/nightly.py",
    "other/alone.py",
    "other/plain.py",
    "desk/__init__.py",
)


def touching(found, names) -> list:
    return [each for each in found if each[4] & set(names)]


@pytest.mark.parametrize("seed", range(6))
def test_a_run_on_some_files_reports_what_touches_them(repository: Path, findings, seed: int) -> None:
    whole = findings(repository, "--no-cache")
    assert {each[0] for each in whole} >= {"LLM001", "LLM101", "LLM201", "LLM301"}
    choice = random.Random(seed)
    names = choice.sample(NAMES, choice.randint(1, 4))
    cwd = choice.choice([repository, repository / "desk", repository / "jobs", repository.parent])
    given = [str(repository / name) if choice.random() < 0.5 else os.path.relpath(repository / name, cwd) for name in names]
    options = choice.choice([["--no-cache"], []])
    assert findings(repository, *options, *given, cwd=cwd) == touching(whole, names)


@pytest.mark.parametrize("name", ["desk/answer.py", "desk/models.py", "desk/prompts.py", "jobs/nightly.py", "other/alone.py"])
def test_standard_input_is_a_file_of_the_project(repository: Path, findings, name: str) -> None:
    whole, text = findings(repository), (repository / name).read_text()
    for cwd in (repository, repository.parent):
        given = os.path.relpath(repository / name, cwd)
        assert findings(repository, "-", "--stdin-filename", given, cwd=cwd, stdin=text) == touching(whole, [name])
    (repository / name).unlink()
    assert findings(repository, "-", "--stdin-filename", str(repository / name), stdin=text) == touching(whole, [name])


def test_a_folder_inside_reports_what_lies_there(repository: Path, findings) -> None:
    whole = findings(repository)
    inside = findings(repository, cwd=repository / "jobs")
    assert inside == touching(whole, ["jobs/nightly.py"])
    assert {each[0] for each in inside} >= {"LLM301"}


def test_a_package_may_be_the_working_directory(repository: Path, findings) -> None:
    (repository / "desk/__init__.py").write_text("from desk.answer import answer as reply\n")
    (repository / "jobs/more.py").write_text("from desk import reply\n\nprint([reply(line) for line in open('more.txt')])\n")
    whole = findings(repository)
    assert len([each for each in whole if each[0] == "LLM301"]) == 2
    assert findings(repository, "answer.py", cwd=repository / "desk") == touching(whole, ["desk/answer.py"])


def test_the_working_directory_may_lie_deep_inside(repository: Path, findings) -> None:
    deep = repository / "desk/night"
    deep.mkdir()
    (deep / "late.py").write_text("")
    found = findings(repository, "../prompts.py", cwd=deep)
    assert found
    assert found == touching(findings(repository), ["desk/prompts.py"])


def test_a_changed_constant_alone_brings_its_finding(repository: Path, findings) -> None:
    (repository / "desk/models.py").write_text('MODEL = "claude-haiku-5-5"\n')
    assert not [each for each in findings(repository, "desk/models.py") if each[0] == "LLM201"]
    (repository / "desk/models.py").write_text('MODEL = "claude-opus-5-5"\n')
    assert [each for each in findings(repository, "desk/models.py") if each[0] == "LLM201"]


def test_a_comment_that_the_whole_project_needs_is_not_unused(repository: Path, findings) -> None:
    path = repository / "desk/answer.py"
    text = path.read_text().replace('content": question}])', 'content": question}])  # llmlint: ignore[LLM301]')
    path.write_text(text)
    assert not [each for each in findings(repository, "desk/answer.py") if each[0] in ("LLM301", "LLM001")]
    assert not [each for each in findings(repository, "--no-project", "desk/answer.py") if each[0] == "LLM001"]


def test_without_project_only_the_named_files_are_known(repository: Path, findings) -> None:
    assert not findings(repository, "--no-project", "jobs/nightly.py")
    assert findings(repository, "jobs/nightly.py")


def test_excluded_files_are_not_reported_on(repository: Path, findings) -> None:
    (repository / "pyproject.toml").write_text('[tool.llmlint]\nforce-exclude = true\nextend-exclude = ["answer.py"]\n')
    assert findings(repository, "desk/answer.py") == []
    text = (repository / "desk/answer.py").read_text()
    assert findings(repository, "-", "--stdin-filename", "desk/answer.py", stdin=text) == []


def test_two_projects_are_judged_separately(repository: Path, findings) -> None:
    second = repository.parent / "second"
    shutil.copytree(repository, second)
    (second / "desk/models.py").write_text('MODEL = "claude-haiku-5-5"\n')
    one, two = findings(repository), findings(second)
    both = findings(repository.parent, "repository/desk/answer.py", "second/desk/answer.py", cwd=repository.parent)
    alone = len(touching(one, ["desk/answer.py"])) + len(touching(two, ["desk/answer.py"]))
    assert len(both) == alone
    # A folder of projects is not one of them.
    assert len(findings(repository.parent, cwd=repository.parent)) == len(one) + len(two)


def test_an_error_in_another_file_is_not_of_this_run(repository: Path, findings) -> None:
    (repository / "other/broken.py").write_text("import anthropic\nanthropic.Anthropic().messages.create(\n")
    assert findings(repository, "jobs/nightly.py")


class TestRoots:
    def root(self, folder: Path) -> str | None:
        return Projects().root_of(str(folder))

    def test_the_nearest_repository_decides(self, tmp_path: Path) -> None:
        inner = tmp_path / "a/b/c"
        inner.mkdir(parents=True)
        (inner / "pyproject.toml").write_text("[project]\n")
        (tmp_path / "a/.git").write_text("gitdir: elsewhere\n")
        (tmp_path / ".git").mkdir()
        assert self.root(inner) == str(tmp_path / "a")

    def test_without_one_the_packages_of_a_workspace_are_one_project(self, tmp_path: Path) -> None:
        inner = tmp_path / "packages/one"
        inner.mkdir(parents=True)
        (inner / "pyproject.toml").write_text("[project]\n")
        assert self.root(inner) == str(inner)
        (tmp_path / "pyproject.toml").write_text("[tool.uv.workspace]\nmembers = ['packages/*']\n")
        assert self.root(inner) == str(tmp_path)

    @pytest.mark.parametrize(
        ("name", "text", "is_root"),
        [
            ("pyproject.toml", "[tool.ruff]\n", False),
            ("pyproject.toml", "[tool.llmlint]\n", True),
            ("setup.cfg", "", True),
            ("llmlint.toml", "", True),
            ("app.py", "", False),
        ],
    )
    def test_what_makes_a_project(self, tmp_path: Path, name: str, text: str, is_root: bool) -> None:
        (tmp_path / name).write_text(text)
        assert self.root(tmp_path) == (str(tmp_path) if is_root else None)

    def test_a_home_directory_and_the_folder_for_temporary_files_are_none(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        home = tmp_path / "home"
        (home / "work").mkdir(parents=True)
        (home / ".git").mkdir()
        assert self.root(home / "work") == str(home)
        monkeypatch.setenv("HOME", str(home))
        assert self.root(home / "work") is None
        assert self.root(Path("/tmp")) is None

    def test_a_lone_file_is_linted_with_those_beside_it(self, tmp_path: Path, repository: Path, findings) -> None:
        lone = tmp_path / "lone"
        shutil.copytree(repository / "desk", lone / "desk")
        shutil.copytree(repository / "jobs", lone / "jobs")
        found = findings(lone, str(lone / "desk/answer.py"), cwd=tmp_path)
        assert {each[0] for each in found} == {"LLM101", "LLM201"}


@pytest.mark.parametrize(
    ("name", "text", "is_root"),
    [
        ("llmlint.toml", "root = true\n", True),
        (".llmlint.toml", "min-confidence = 'low'\nroot=true # of its own\n", True),
        ("pyproject.toml", "[project]\nname = 'a'\n\n[tool.llmlint]\nroot = true\n", True),
        ("pyproject.toml", "[tool.other]\nroot = true\n\n[tool.llmlint]\nselect = []\n", False),
        ("llmlint.toml", "root = false\n[thresholds]\n", False),
    ],
)
def test_a_folder_that_says_so_is_a_project_of_its_own(tmp_path: Path, name: str, text: str, is_root: bool) -> None:
    inner = tmp_path / "examples/one"
    (inner / "package").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (inner / name).write_text(text)
    assert Projects().root_of(str(inner / "package")) == str(inner if is_root else tmp_path)
    assert Projects().root_of(str(tmp_path / "examples")) == str(tmp_path)


def test_what_lies_around_a_root_is_not_looked_at(repository: Path, findings) -> None:
    own = repository / "examples"
    own.mkdir()
    (own / "answer.py").write_text((repository / "desk/models.py").read_text())
    (own / "llmlint.toml").write_text("root = true\n")
    alone = findings(repository, "--no-cache", "examples")
    assert alone == findings(repository, "--no-cache", "--no-project", "examples")
    assert findings(repository, "--no-cache", "desk") == touching(
        findings(repository, "--no-cache"), [n for n in NAMES if "desk" in n]
    )
