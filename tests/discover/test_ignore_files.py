"""git's ignore rules, compared with git itself in real repositories."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from llmlint.config.settings import SettingsResolver
from llmlint.discover.ignorefiles import chain_above, slashed
from llmlint.discover.walk import discover

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(*arguments: str, stdin: bytes = b"") -> bytes:
    # No settings of the user or the machine, such as a global ignore file.
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "XDG_CONFIG_HOME": os.devnull}
    return subprocess.run(["git", *arguments], input=stdin, capture_output=True, check=False, env=environment).stdout


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    git("init", "-q", str(root))
    monkeypatch.chdir(root)
    return root


def walk(*paths: str, **settings: object) -> list[str]:
    overrides = {key.replace("_", "-"): value for key, value in settings.items()}
    return [str(each) for each in discover(paths or (".",), SettingsResolver(os.getcwd(), overrides, True, known={}))]


def not_ignored_by_git(root: Path) -> list[str]:
    names = sorted(os.path.relpath(path, root) for path in root.rglob("*.py"))
    ignored = git("check-ignore", "-z", "--stdin", stdin=b"\0".join(map(os.fsencode, names))).split(b"\0")
    return [name for name in names if os.fsencode(name) not in ignored]


PATTERNS = """\
*.py
!keep.py
a
a/
/a
/a/
b/
build
/build/
a/b
a/*
!a/b
!a/b/
a/**
**/b
**/x.py
a/**/x.py
!*.py
foo.*
*
!*/
/*
!/a
?.py
[xy].py
[!x].py
[x-y].py
\\#h.py
\\!i.py
\\*.py
a b.py
x.py\x20\x20
keep.py\\\x20
# comment
**
**/
!**/keep.py
b/**/
*/x.py
/*/x.py
\\[z\\].py
[z].py
bar/
!bar
[a
a\\
**a
a**
a/**b
*[.]py
/
//
!
a//b
{x,y}.py
x.py/
!x.py/
""".splitlines()

NAMES = ("a", "b", "build", "bar", "x.py", "y.py", "foo.py", "#h.py", "!i.py", "a b.py", "keep.py", "[z].py")


def grow(rng: random.Random, folder: Path, depth: int = 0) -> None:
    for name in rng.sample(NAMES, rng.randint(2, 6)):
        if name.endswith(".py"):
            (folder / name).touch()
        elif depth < 3:
            (folder / name).mkdir()
            grow(rng, folder / name, depth + 1)
    if rng.random() < (0.35 if depth else 0.9):
        end = "\r\n" if rng.random() < 0.1 else "\n"
        text = end.join(rng.choice(PATTERNS) for _ in range(rng.randint(1, 5)))
        (folder / ".gitignore").write_bytes(text.encode())


@pytest.mark.parametrize("seed", range(60))
def test_random_trees_and_patterns_give_what_git_says(repository: Path, seed: int) -> None:
    rng = random.Random(seed)
    grow(rng, repository)
    if seed % 3 == 0:
        write(repository, **{".git/info/exclude": "\n".join(rng.sample(PATTERNS, 2))})
    assert walk(exclude=[".git"]) == not_ignored_by_git(repository)


def test_nested_files_and_reinclusion(repository: Path) -> None:
    make(
        repository, "a.log.py", "src/a.log.py", "src/keep/a.log.py", "src/keep/b.py", "out/x.py", "out/deep/y.py", "src/out/z.py"
    )
    write(repository, **{".gitignore": "*.log.py\n/out/*\n!/out/deep\n", "src/keep/.gitignore": "!a.log.py\n"})
    assert walk(exclude=[".git"]) == not_ignored_by_git(repository)
    assert walk() == ["out/deep/y.py", "src/keep/a.log.py", "src/keep/b.py", "src/out/z.py"]


def test_rules_of_folders_above_hold_up_to_the_root_of_the_repository(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(repository, "src/pkg/a.py", "src/pkg/b_pb2.py", "src/pkg/gen/c.py", "src/pkg/local.py")
    write(repository, **{".gitignore": "*_pb2.py\n/src/pkg/gen\n", "src/.gitignore": "local.py\n"})
    write(repository.parent, **{".gitignore": "a.py\n"})
    assert walk("src/pkg") == ["src/pkg/a.py"]
    monkeypatch.chdir(repository / "src/pkg")
    assert walk() == ["a.py"]


def test_info_exclude_counts_and_gitignore_overrules_it(repository: Path) -> None:
    make(repository, "secret.py", "other.py")
    write(repository, **{".git/info/exclude": "secret.py\nother.py\n", ".gitignore": "!other.py\n"})
    assert walk() == ["other.py"] == not_ignored_by_git(repository)


def test_info_exclude_of_a_linked_work_tree_is_that_of_the_repository(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "--allow-empty", "-m", "first")
    tree = repository.parent / "tree"
    git("worktree", "add", "-q", str(tree))
    assert (tree / ".git").is_file()
    make(tree, "secret.py", "ok.py")
    write(repository, **{".git/info/exclude": "secret.py\n"})
    monkeypatch.chdir(tree)
    assert walk() == ["ok.py"] == not_ignored_by_git(tree)


def test_rules_do_not_reach_into_a_nested_repository(repository: Path) -> None:
    git("init", "-q", str(repository / "vendored"))
    make(repository, "a.py", "b.py", "vendored/a.py", "vendored/b.py")
    write(repository, **{".gitignore": "a.py\n", "vendored/.gitignore": "b.py\n"})
    assert walk() == ["b.py", "vendored/a.py"]
    assert walk("vendored") == ["vendored/a.py"]


def test_an_ignored_folder_that_is_named_is_searched(repository: Path) -> None:
    make(repository, "build/a.py", "build/sub/b.py", "build/sub/c.py", "x.py")
    write(repository, **{".gitignore": "build/\n", "build/sub/.gitignore": "c.py\n"})
    assert walk() == ["x.py"]
    assert walk("build") == ["build/a.py", "build/sub/b.py"]
    assert walk("build/sub") == ["build/sub/b.py"]
    assert walk("build/sub/c.py") == ["build/sub/c.py"]


def test_ignore_files_go_before_gitignore_and_need_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a.py", "b.py", "c.py", "sub/a.py", "sub/b.py")
    write(tmp_path, **{".ignore": "a.py\n!b.py\n", ".gitignore": "b.py\nc.py\n", "sub/.gitignore": "!a.py\n"})
    monkeypatch.chdir(tmp_path)
    assert walk() == ["b.py", "sub/b.py"]


def test_outside_a_repository_folders_above_do_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "sub/a.py", "sub/b.py")
    write(tmp_path, **{".gitignore": "a.py\n", "sub/.gitignore": "b.py\n"})
    monkeypatch.chdir(tmp_path / "sub")
    assert walk() == ["a.py"]


def test_respect_gitignore_can_be_switched_off(repository: Path) -> None:
    make(repository, "a.py", "b.py", "venv/c.py")
    write(repository, **{".gitignore": "a.py\n", ".ignore": "b.py\n"})
    assert walk() == []
    assert walk(respect_gitignore=False) == ["a.py", "b.py"]


@pytest.mark.parametrize("content", [b"", b"\n\n# only a comment\n", b"\xff\xfe\n", b"[[:alpha:]].txt\n", b"\xef\xbb\xbfb.py\n"])
def test_odd_ignore_files_do_no_harm(repository: Path, content: bytes) -> None:
    make(repository, "a.py", "b.py")
    (repository / ".gitignore").write_bytes(content)
    assert walk() == not_ignored_by_git(repository)


def test_a_folder_called_gitignore_does_no_harm(repository: Path) -> None:
    make(repository, ".gitignore/x.py", "a.py")
    assert walk() == [".gitignore/x.py", "a.py"]


def test_long_lines_and_many_lines_take_little_time(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    many = "".join(f"f{number}\n" for number in range(60_000))
    (tmp_path / ".gitignore").write_text(f"{'a' * 1_000_000}\n{'?' * 9_000}\n*.log\n" + many)
    started = time.process_time()
    chain = chain_above(slashed(str(tmp_path))).entering(slashed(str(tmp_path)), {".gitignore"})
    assert chain.ignores(slashed(str(tmp_path)), "a.log", is_folder=False)
    assert not chain.ignores(slashed(str(tmp_path)), "a" * 200, is_folder=False)
    assert time.process_time() - started < 30


def test_many_stars_take_no_time_and_match_what_they_did(tmp_path: Path) -> None:
    name = "a" * 200 + ".py"
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("".join(f"*{'a*' * count}b\n" for count in range(3, 60)) + "*x*y*z*\n!*x*y*w*\n")
    chain = chain_above(slashed(str(tmp_path))).entering(slashed(str(tmp_path)), {".gitignore"})
    started = time.process_time()
    assert not chain.ignores(slashed(str(tmp_path)), name, is_folder=False)
    assert time.process_time() - started < 2
    assert chain.ignores(slashed(str(tmp_path)), "aaab", is_folder=False)
    assert chain.ignores(slashed(str(tmp_path)), "1x2yy3z4", is_folder=False)
    assert not chain.ignores(slashed(str(tmp_path)), "xyxyw", is_folder=False)
    assert not chain.ignores(slashed(str(tmp_path)), "xzy", is_folder=False)
