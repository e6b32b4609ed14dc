"""Which files a walk finds: real trees on disk."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmlint.config.settings import DEFAULT_EXCLUDE, SettingsResolver
from llmlint.discover.walk import LEADS_OUT, discover
from llmlint.findings import FileError


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n", encoding="utf-8")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "here"
    root.mkdir()
    monkeypatch.chdir(root)
    return root


def walk(*paths: str, **settings: object) -> list[str | FileError]:
    overrides = {key.replace("_", "-"): value for key, value in settings.items()}
    return list(discover(paths or (".",), SettingsResolver(os.getcwd(), overrides, known={})))


def test_python_stubs_and_notebooks_are_found_and_nothing_else(here: Path) -> None:
    make(
        here,
        "a.py",
        "b.pyi",
        "c.ipynb",
        "d.txt",
        "e.pyc",
        "f",
        "py",
        ".hidden.py",
        "deep/er/g.py",
        "deep/x.PY",
        "space in name.py",
    )
    assert walk() == [".hidden.py", "a.py", "b.pyi", "c.ipynb", "deep/er/g.py", "space in name.py"]


def test_a_folder_named_like_a_file_is_searched(here: Path) -> None:
    make(here, "odd.py/inner.py")
    assert walk() == ["odd.py/inner.py"]


def test_default_excludes_are_those_of_ruff_and_our_cache(here: Path) -> None:
    assert len(DEFAULT_EXCLUDE) == 26
    make(
        here,
        "ok.py",
        "building/ok.py",
        *(f"{name}/no.py" for name in DEFAULT_EXCLUDE),
        *(f"sub/{name}/no.py" for name in DEFAULT_EXCLUDE),
    )
    assert walk() == ["building/ok.py", "ok.py"]


def test_order_and_duplicates_of_the_paths_do_not_matter(here: Path) -> None:
    make(here, "b/2.py", "b/1.py", "a.py", "c/x.py")
    expected = ["a.py", "b/1.py", "b/2.py", "c/x.py"]
    assert walk() == expected
    assert walk("c", "b", "./a.py", "b/1.py") == expected
    assert walk("b/../a.py", "b", ".", str(here), str(here / "c"), "c/", "a.py", "./b//2.py") == expected


def test_paths_outside_are_shown_as_given_and_inside_relative(here: Path) -> None:
    make(here.parent, "other/x.py", "other/sub/y.py", "here/in.py")
    assert walk("../other") == ["../other/sub/y.py", "../other/x.py"]
    outside = (here.parent / "other").as_posix()
    assert walk(outside) == [f"{outside}/sub/y.py", f"{outside}/x.py"]
    assert walk(str(here / "in.py")) == ["in.py"]
    assert walk("../here") == ["in.py"]

    assert walk("..") == walk("..", ".") == walk(str(here), "..") == ["../other/sub/y.py", "../other/x.py", "in.py"]
    for path in (*walk("../other"), *walk("..")):
        assert isinstance(path, str)
        assert Path(path).read_text(encoding="utf-8") == "x = 1\n"


def test_folders_on_the_way_to_the_working_directory_have_one_name(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(here, "a.py", "pkg/b.py", "pkg/deep/c.py", "pkg/deep/er/d.py", "pkg/beside/e.py")
    monkeypatch.chdir(here / "pkg/deep")
    assert walk("../..") == ["../../a.py", "../b.py", "../beside/e.py", "c.py", "er/d.py"]
    monkeypatch.chdir(here / "pkg/deep/er")
    assert walk("../../..") == ["../../../a.py", "../../b.py", "../../beside/e.py", "../c.py", "d.py"]


def test_a_named_file_is_taken_whatever_it_is(here: Path) -> None:
    make(here, "script", "venv/lib.py", "data.txt")
    assert walk("script", "venv/lib.py", "data.txt") == ["data.txt", "script", "venv/lib.py"]


def test_force_exclude_holds_for_named_paths_and_their_folders(here: Path) -> None:
    make(here, "script.py", "venv/deep/lib.py", "gen/a.py", "skip.py")
    given = ("script.py", "venv/deep/lib.py", "gen/a.py", "skip.py", "venv")
    assert walk(*given, extend_exclude=["gen", "skip.py"], force_exclude=True) == ["script.py"]
    assert walk(*given, extend_exclude=["gen", "skip.py"]) == ["gen/a.py", "script.py", "skip.py", "venv/deep/lib.py"]


def test_force_exclude_does_not_look_above_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "venv/project/a.py")
    monkeypatch.chdir(tmp_path / "venv/project")
    assert walk("a.py", force_exclude=True) == ["a.py"]


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        (["gen"], ["a.py", "src/a_test.py", "src/deep/a_test.py", "src/x.py"]),
        (["*_test.py"], ["a.py", "gen/x.py", "src/gen/y.py", "src/x.py"]),
        (["src/gen"], ["a.py", "gen/x.py", "src/a_test.py", "src/deep/a_test.py", "src/x.py"]),
        (["./src/*.py"], ["a.py", "gen/x.py"]),
        (["src/**/a_test.py"], ["a.py", "gen/x.py", "src/gen/y.py", "src/x.py"]),
        (["**/gen"], ["a.py", "src/a_test.py", "src/deep/a_test.py", "src/x.py"]),
        (["gen/"], ["a.py", "src/a_test.py", "src/deep/a_test.py", "src/x.py"]),
        (["{src,gen}"], ["a.py"]),
        (["[!gx]*"], ["gen/x.py"]),
        (["?.py"], ["src/a_test.py", "src/deep/a_test.py"]),
        (["x\\.py"], ["a.py", "src/a_test.py", "src/deep/a_test.py", "src/gen/y.py"]),
        ([], ["a.py", "gen/x.py", "src/a_test.py", "src/deep/a_test.py", "src/gen/y.py", "src/x.py"]),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, list) and value and "." not in value[0][:1] else None,
)
def test_exclude_patterns(here: Path, patterns: list[str], left: list[str]) -> None:
    make(here, "a.py", "gen/x.py", "src/gen/y.py", "src/x.py", "src/a_test.py", "src/deep/a_test.py")
    assert walk(extend_exclude=patterns) == left
    assert walk(exclude=patterns) == left


def test_exclude_in_a_file_is_relative_to_its_folder_and_the_nearest_file_holds(here: Path) -> None:
    make(here, "gen/a.py", "sub/gen/b.py", "sub/other/gen/c.py", "sub/keep/d.py", "sub/nested/keep/e.py", "sub/nested/gen/f.py")
    (here / "pyproject.toml").write_text('[tool.llmlint]\nextend-exclude = ["/nowhere", "gen/a.py"]\n', encoding="utf-8")
    (here / "sub/llmlint.toml").write_text('extend-exclude = ["other/gen"]\n', encoding="utf-8")
    (here / "sub/nested/pyproject.toml").write_text("[project]\nname = 'without our table'\n", encoding="utf-8")
    assert walk() == ["sub/gen/b.py", "sub/keep/d.py", "sub/nested/gen/f.py", "sub/nested/keep/e.py"]
    (here / "sub/nested/.llmlint.toml").write_text('exclude = ["keep"]\n', encoding="utf-8")
    assert walk() == ["sub/gen/b.py", "sub/keep/d.py", "sub/nested/gen/f.py"]
    assert walk("sub/nested") == ["sub/nested/gen/f.py"]


def test_a_broken_nested_configuration_is_one_error_and_the_rest_is_found(here: Path) -> None:
    make(here, "a.py", "bad/b.py", "bad/deep/c.py", "z.py")
    (here / "bad/llmlint.toml").write_text("selekt = []\n", encoding="utf-8")
    error = FileError("bad/llmlint.toml", 'unknown key `selekt`; did you mean "select"?', 1)
    assert walk() == ["a.py", error, "z.py"]
    assert walk("bad/deep/c.py", "a.py", "bad") == ["a.py", error]


def test_missing_paths_are_errors(here: Path) -> None:
    make(here, "a.py")
    assert walk("a.py", "gone.py", "no/such/folder", "a.py/x") == [
        "a.py",
        FileError("a.py/x", "not a directory"),
        FileError("gone.py", "no such file or directory"),
        FileError("no/such/folder", "no such file or directory"),
    ]


def test_links_are_followed_where_they_stay_below_the_root(here: Path) -> None:
    make(here.parent, "outside/target.py", "outside/more/x.py", "here/real.py")
    (here / "link.py").symlink_to("../outside/target.py")
    (here / "text.py").symlink_to("real.py")
    (here / "folder").symlink_to("../outside")
    (here / "folder.py").symlink_to("../outside")
    (here / "loop").symlink_to(".")
    (here / "inner").mkdir()
    (here / "inner/up.py").symlink_to("../real.py")
    (here / "within").symlink_to("inner")
    assert walk() == ["inner/up.py", "real.py", "text.py"]
    assert walk("within", "inner/up.py") == ["inner/up.py", "within/up.py"]
    leads_out = [FileError(path, LEADS_OUT) for path in ("folder", "folder/target.py", "link.py")]
    assert walk("folder", "folder/target.py", "link.py", "real.py") == [*leads_out, "real.py"]


def test_a_link_that_is_the_root_itself_is_followed(here: Path) -> None:
    make(here.parent, "outside/target.py")
    (here.parent / "linked").symlink_to("outside")
    (found,) = walk("../linked")
    assert isinstance(found, str)
    assert Path(found).samefile(here.parent / "outside/target.py")


def test_broken_links_and_link_loops_are_errors_and_do_not_hang(here: Path) -> None:
    make(here, "ok.py")
    (here / "gone.py").symlink_to("nowhere.py")
    (here / "gone.txt").symlink_to("nowhere.txt")
    (here / "self.py").symlink_to("self.py")
    (here / "a.py").symlink_to("b.py")
    (here / "b.py").symlink_to("a.py")
    found = walk()
    assert [each for each in found if isinstance(each, str)] == ["ok.py"]
    errors = {each.path: each.message for each in found if isinstance(each, FileError)}
    assert errors.keys() == {"gone.py", "self.py", "a.py", "b.py"}
    assert errors["gone.py"] == "no such file or directory"
    assert "symbolic links" in errors["self.py"]
    assert walk("gone.py") == [FileError("gone.py", "no such file or directory")]


def test_dots_behind_a_link_mean_what_the_system_says(here: Path) -> None:
    make(here.parent, "elsewhere/x.py", "elsewhere/inner/y.py", "here/x.py")
    (here / "x.py").write_text("here\n", encoding="utf-8")
    (here / "link").symlink_to("../elsewhere/inner")
    (found,) = walk("link/../x.py")
    assert isinstance(found, str)
    assert Path(found).samefile(here.parent / "elsewhere/x.py")


def test_sockets_and_pipes_are_passed_over(here: Path) -> None:
    make(here, "a.py")
    os.mkfifo(here / "pipe.py")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.py")
        assert walk() == ["a.py"]


@contextlib.contextmanager
def as_nobody() -> Iterator[Path]:
    """A fresh folder, and no rights of root while it is used: root may read everything."""
    root = Path(tempfile.mkdtemp()).resolve()
    root.chmod(0o777)
    previous = Path.cwd()
    is_root = os.geteuid() == 0
    try:
        os.chdir(root)
        if is_root:
            os.seteuid(65534)
        yield root
    finally:
        if is_root:
            os.seteuid(0)
        os.chdir(previous)
        shutil.rmtree(root)


def test_an_unreadable_folder_is_an_error_and_the_rest_is_found() -> None:
    with as_nobody() as root:
        make(root, "a.py", "closed/b.py", "open/c.py")
        (root / "closed").chmod(0)
        try:
            assert walk() == ["a.py", FileError("closed", "permission denied"), "open/c.py"]
            assert walk("closed") == [FileError("closed", "permission denied")]
            assert walk("closed/b.py") == [FileError("closed/b.py", "permission denied")]
        finally:
            (root / "closed").chmod(0o755)


def test_names_that_are_not_utf8_are_kept(here: Path) -> None:
    name = os.fsdecode(b"caf\xe9.py")
    (here / name).write_bytes(b"")
    (found,) = walk()
    assert found == name
    assert isinstance(found, str)
    assert os.path.exists(found)


def test_a_path_with_a_null_is_an_error(here: Path) -> None:
    (error,) = walk("a\0b")
    assert isinstance(error, FileError)
    assert "null" in error.message


def test_a_deep_tree_is_no_trouble(here: Path) -> None:
    deep = "/".join(["d"] * 400)
    make(here, f"{deep}/x.py")
    assert walk() == [f"{deep}/x.py"]


def test_ten_thousand_files_take_a_fraction_of_a_second(here: Path) -> None:
    for folder in range(200):
        (here / f"pkg{folder}").mkdir()
        for file in range(50):
            (here / f"pkg{folder}/mod{file}.py").touch()
    (here / ".gitignore").write_text("*.pyc\n__pycache__/\nbuild/\n/dist/\n.env\n*.log\n", encoding="utf-8")
    walk()
    start = time.process_time()
    assert len(walk()) == 10_000
    # About 0.06 s; the bound leaves room for a busy machine.
    assert time.process_time() - start < 1
