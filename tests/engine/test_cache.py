"""With a cache llmlint says the same as without, whatever happened to the files and to the cache meanwhile."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llmlint.cache import run as remember
from llmlint.cache import store
from llmlint.cache.store import Cache, is_cache
from llmlint.config.settings import SettingsResolver
from llmlint.discover.project import ask
from llmlint.discover.read import read_bytes
from llmlint.report import formats
from llmlint.rules.registry import known_rules
from llmlint.run import loading
from llmlint.run.engine import Run

ROOT = Path(__file__).resolve().parent.parent.parent
HANDBOOK = "Answer from this handbook, and from nothing else. " * 200

PROJECT = {
    "pyproject.toml": "[tool.llmlint]\n",
    "desk/__init__.py": "",
    "desk/answer.py": """\
import anthropic
from desk.prompts import BOOK

client = anthropic.Anthropic()


def answer(question):
    return client.messages.create(model="claude-haiku-5-5", max_tokens=300, system=BOOK, messages=[{"role": "user", "content": question}])
""",
    "desk/prompts.py": 'from pathlib import Path\nBOOK = (Path(__file__).parent / "book.md").read_text()\n',
    "desk/book.md": HANDBOOK,
    "run.py": "from desk.answer import answer\n\nfor line in open('questions.txt'):\n    print(answer(line))\n",
    "broken.py": "import anthropic\nanthropic.Anthropic().messages.create(\n",
    "notes.ipynb": json.dumps(
        {
            "cells": [
                {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": "%time 1"},
                {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": "def (:\n"},
                {
                    "cell_type": "code",
                    "metadata": {},
                    "outputs": [],
                    "execution_count": None,
                    "source": "import anthropic\nanthropic.Anthropic().messages.create(model='claude-opus-5-5', max_tokens=9, messages=[])\n",
                },
            ],
            "metadata": {},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    ),
    **{f"more/m{number}.py": f"x = {number}\n" for number in range(8)},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project, left alone for an hour; the process is in it."""
    folder = tmp_path / "project"
    for name, text in PROJECT.items():
        write(folder / name, text)
    monkeypatch.chdir(folder)
    # The time of a status change cannot be set.
    monkeypatch.setattr("llmlint.cache.asked.REST_SECONDS", -1.0)
    monkeypatch.setattr("llmlint.cache.asked.COARSE_REST_SECONDS", -1.0)
    return folder


def write(path: Path, text: str, age: float = 3600) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    # Not a whole second.
    changed = (time.time_ns() - int(age * 1e9)) | 1
    os.utime(path, ns=(changed, changed))


def settings() -> SettingsResolver:
    return SettingsResolver(os.getcwd(), known=known_rules())


def shown(checked: remember.Checked) -> str:
    run = checked.run
    report = run.report(checked.lint.findings, errors=[*run.errors, *checked.lint.errors])
    return formats()["json"](report, color=False) + formats()["text"](report, color=False) + repr(report.errors)


def cold() -> str:
    run = Run.of_asked(*ask(["."], settings()), settings(), known_rules())
    return shown(remember.Checked(run, run.lint(), lambda: None))


class Warm:
    """Runs with a cache; `was_recalled` says of the last one whether it was made anew."""

    def __init__(self, folder: Path) -> None:
        self.cache = Cache(str(folder))
        self.was_recalled = False

    def __call__(self, *paths: str) -> str:
        [asked] = ask(paths or (".",), settings())
        checked = remember.check(asked, settings(), known_rules, self.cache)
        checked.remember()
        self.was_recalled = isinstance(checked.run, remember.Remembered)
        return shown(checked)


@pytest.fixture
def warm(folder: Path) -> Warm:
    """After one run, so that the next one finds all as it was."""
    warm = Warm(folder / ".llmlint_cache")
    assert warm() == cold()
    assert not warm.was_recalled
    return warm


def test_a_second_run_is_recalled_and_says_the_same(warm: Warm) -> None:
    for _ in range(2):
        assert warm() == cold()
        assert warm.was_recalled
    assert "LLM101" in cold()
    assert "LLM301" in cold()
    assert "broken.py" in cold()


def test_a_run_on_some_files_is_recalled_from_one_over_the_project(warm: Warm) -> None:
    first = warm("desk", "more", "run.py")
    assert warm.was_recalled
    assert "broken.py" not in first
    assert warm("run.py", "desk", "more") == first
    os.utime("run.py")
    assert warm("desk", "more", "run.py") == first
    assert warm.was_recalled
    assert warm() == cold()
    assert warm.was_recalled


def replace(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        write(folder / name, text.replace(old, new))

    return change


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def add(name: str, text: str) -> Callable[[Path], None]:
    return lambda folder: write(folder / name, text)


CHANGES = {
    "the call": replace("desk/answer.py", "haiku", "opus"),
    "an imported file": replace("desk/prompts.py", "book.md", "none.md"),
    "a prompt file, to the same length": replace("desk/book.md", "Answer from", "Anszer from"),
    "a prompt file": replace("desk/book.md", HANDBOOK, "Be brief."),
    "a prompt file goes": remove("desk/book.md"),
    "a caller": replace("run.py", "for line in open('questions.txt'):\n    print(answer(line))", "print(answer('?'))"),
    "a caller goes": remove("run.py"),
    "a caller comes": add("more/again.py", "from desk.answer import answer\nwhile True:\n    answer(input())\n"),
    "a file without a call gets one": replace("more/m1.py", "x = 1", PROJECT["desk/answer.py"]),
    "a file that hides an import": add("anthropic/__init__.py", "class Anthropic: ...\n"),
    "a file that hides a module of the project": add("desk/desk/prompts.py", "BOOK = 'Be brief.'\n"),
    "a syntax error": replace("more/m2.py", "x = 2", "client.messages.create(\n"),
    "a syntax error goes": replace("broken.py", "create(", "create()"),
    "a cell": replace("notes.ipynb", "def (:", "pass"),
    "settings": replace("pyproject.toml", "[tool.llmlint]\n", "[tool.llmlint]\nignore = ['LLM101']\n"),
    "settings of a folder": add("desk/llmlint.toml", "select = ['LLM204']\n"),
    "wrong settings": add("desk/llmlint.toml", "selectt = ['LLM204']\n"),
    "an excluded file": replace("pyproject.toml", "[tool.llmlint]\n", "[tool.llmlint]\nexclude = ['answer.py']\n"),
    "an ignored file": add(".gitignore", "desk\n"),
    "a suppression": replace("desk/answer.py", '"content": question}])', '"content": question}])  # llmlint: ignore[LLM301]'),
}


@pytest.mark.parametrize("what", CHANGES)
def test_every_change_is_seen(warm: Warm, folder: Path, what: str) -> None:
    before = cold()
    CHANGES[what](folder)
    after = cold()
    assert after != before or what in ("a prompt file, to the same length", "a file that hides a module of the project")
    for recalled in (False, True):
        assert warm() == after
        assert warm.was_recalled == recalled


def test_a_change_and_back_again_is_recalled(warm: Warm, folder: Path) -> None:
    before = cold()
    replace("run.py", "line", "entry")(folder)
    assert "entry" in warm()
    replace("run.py", "entry", "line")(folder)
    assert warm() == before == cold()


def test_a_checkout_elsewhere_in_time_is_recalled_by_content(warm: Warm, folder: Path) -> None:
    for name in PROJECT:
        write(folder / name, (folder / name).read_text(), age=7200)
    assert warm() == cold()
    assert warm.was_recalled
    assert warm() == cold()
    assert warm.was_recalled


def test_a_file_that_was_just_changed_is_not_trusted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmlint.cache.asked.COARSE_REST_SECONDS", 3600.0)
    warm = Warm(folder / ".llmlint_cache")
    os.utime("run.py", ns=(0, 1_000_000_000))
    for _ in range(2):
        assert warm() == cold()
        assert not warm.was_recalled
    # Where the clock of the file system is seen to count finer than in seconds, less will do.
    os.utime("run.py", ns=(0, 1_000_000_001))
    warm()
    assert warm() == cold()
    assert warm.was_recalled
    monkeypatch.setattr("llmlint.cache.asked.REST_SECONDS", 3600.0)
    replace("run.py", "line", "entry")(folder)
    for _ in range(2):
        assert warm() == cold()
        assert not warm.was_recalled


def test_the_same_stamp_with_other_content_does_not_deceive(warm: Warm, folder: Path) -> None:
    path = folder / "desk" / "answer.py"
    times = os.stat(path)
    write(path, path.read_text().replace("haiku-5-5", "haiku-4-5"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    # Size and time of change are as before; that of the status is not.
    assert warm() == cold()
    assert not warm.was_recalled


def test_files_without_calls_are_not_read_again(warm: Warm, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def reading(path: str) -> object:
        read.append(path)
        return read_bytes(path)

    monkeypatch.setattr(loading, "read_bytes", reading)
    replace("desk/answer.py", "haiku", "opus")(folder)
    assert "opus" in warm()
    assert not warm.was_recalled
    assert sorted(read) == ["broken.py", "desk/answer.py", "notes.ipynb"]


@pytest.mark.parametrize("name", ["files.json", "run-*.json"])
@pytest.mark.parametrize("damage", ["torn", "empty", "noise", "json", "folder", "fifo"])
def test_a_damaged_cache_is_no_cache(warm: Warm, folder: Path, name: str, damage: str) -> None:
    [path] = (folder / ".llmlint_cache").glob(name)
    data = path.read_bytes()
    path.unlink()
    if damage == "folder":
        path.mkdir()
    elif damage == "fifo":
        os.symlink("/dev/zero", path)
    else:
        path.write_bytes({"torn": data[: len(data) // 2], "empty": b"", "noise": b"\xff\0" * 99, "json": b"[" * 9999}[damage])
    replace("run.py", "line", "entry")(folder)
    assert warm() == cold()
    assert warm() == cold()


SHAPES: list[object] = [None, 1, "x", [], {}, {"files": 3}, {"files": {"run.py": 3}}, {"stamps": 1}]


def test_a_forged_cache_is_no_error(warm: Warm, folder: Path) -> None:
    [path] = (folder / ".llmlint_cache").glob("run-*.json")
    expected = cold()
    record = warm.cache.read(path.stem)
    for key in record:
        for value in (None, 7, "x", [1], {"x": 1}, [["x", 1]], {"x": None}):
            warm.cache.write(path.stem, {**record, key: value})
            said = warm()
            assert said == expected or key in ("errors", "calls"), (key, value)
    for shape in SHAPES:
        warm.cache.write(path.stem, shape)
        warm.cache.write("files", shape)
        assert warm() == expected, shape


def test_a_cache_of_another_version_does_not_count(warm: Warm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "__version__", "0.0.0")
    assert warm() == cold()
    assert not warm.was_recalled
    assert warm() == cold()
    assert warm.was_recalled


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_cannot_be_written_is_no_error(folder: Path) -> None:
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        warm = Warm(folder / ".llmlint_cache")
        assert warm() == warm() == cold()
        assert not warm.was_recalled
    finally:
        folder.chmod(stat.S_IRWXU)


@pytest.mark.parametrize("place", ["run.py", "/proc/none", "/dev/null/x", "a\0b"])
def test_an_impossible_folder_is_no_error(folder: Path, place: str) -> None:
    warm = Warm(Path(place))
    assert warm() == warm() == cold()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_no_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warm = Warm(folder / ".llmlint_cache")
    (folder / ".llmlint_cache").mkdir()
    real = open

    def full(path: object, mode: str = "r", **options: object) -> object:
        return real("/dev/full" if mode == "xb" else path, "wb" if mode == "xb" else mode, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(store, "open", full, raising=False)
    assert warm() == warm() == cold()
    assert not warm.was_recalled
    assert list((folder / ".llmlint_cache").iterdir()) == []


def test_the_cache_stays_small(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = folder / ".llmlint_cache"
    cache = Cache(str(place))
    cache.write("files", {})
    (place / "run-of-somebody-else.txt").write_text("")
    (place / "other.json").write_text("")
    stale = place / "run-1.json.1.2.tmp"
    write(stale, "", age=7200)
    monkeypatch.setattr(store, "MOST_RUNS", 5)
    for number in range(20):
        cache.write(f"run-{number}", {"number": number})
        os.utime(place / f"run-{number}.json", (number, number))
    cache.write("files", {})
    assert len(list(place.glob("run-*.json"))) <= 6
    assert cache.read("run-19") == {"number": 19}
    assert cache.read("run-0") is None
    assert not stale.exists()
    assert (place / "run-of-somebody-else.txt").exists()
    assert (place / "other.json").exists()
    monkeypatch.setattr(store, "MOST_BYTES", 2000)
    for number in range(9):
        cache.write(f"run-{number}", ["x" * 500])
    cache.write("run-large", ["x" * 5000])
    assert sum(path.stat().st_size for path in place.glob("*.json")) <= 2600
    assert cache.read("run-large") is None


def test_the_table_stays_small(warm: Warm, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remember, "MOST_FILES", 4)
    replace("run.py", "line", "entry")(folder)
    assert warm() == cold()
    assert len(warm.cache.read("files")["files"]) == 4


def test_the_folder_tells_what_it_is(warm: Warm, folder: Path) -> None:
    place = folder / ".llmlint_cache"
    assert (place / ".gitignore").read_text() == "*\n"
    assert (place / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n")
    assert is_cache(str(place))
    assert not is_cache(str(folder))
    assert not list(place.glob("*.tmp"))


# Whole processes


@pytest.fixture
def llmlint(folder: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "llmlint", *arguments]
        return subprocess.run(command, cwd=folder, capture_output=True, env={**os.environ, **environment})

    return run


Run_ = Callable[..., subprocess.CompletedProcess[bytes]]


def test_few_files_without_calls_leave_no_cache(llmlint: Run_, folder: Path) -> None:
    assert llmlint("--no-project", "more/m1.py", "more/m2.py").stdout == b"No LLM calls found in 2 files.\n"
    assert not (folder / ".llmlint_cache").exists()
    llmlint("desk/answer.py")
    assert (folder / ".llmlint_cache").exists()


def recalled_by_cli(folder: Path) -> Iterator[Path]:
    return (folder / ".llmlint_cache").glob("run-*.json")


def rested(folder: Path) -> None:
    """Wait until all files have been at rest for as long as a process asks for."""
    newest = max(path.stat().st_ctime for path in folder.rglob("*") if ".llmlint_cache" not in path.parts)
    time.sleep(max(0.0, newest + 0.2 - time.time()))


@pytest.mark.parametrize("output", ["text", "concise", "json"])
def test_processes_say_the_same_cold_and_warm(llmlint: Run_, folder: Path, output: str) -> None:
    rested(folder)
    runs = [
        llmlint("--output-format", output, "--no-cache"),
        llmlint("--output-format", output),
        llmlint("--output-format", output),
        llmlint("--output-format", output, "run.py", "."),
    ]
    assert len(list(recalled_by_cli(folder))) == 1
    assert {(run.returncode, run.stdout, run.stderr) for run in runs} == {(runs[0].returncode, runs[0].stdout, runs[0].stderr)}
    assert runs[0].returncode == 2


def test_no_cache_makes_none_and_what_is_fixed_is_not_recalled(llmlint: Run_, folder: Path) -> None:
    rested(folder)
    llmlint("--no-cache")
    llmlint("--diff", "--no-cache")
    assert not (folder / ".llmlint_cache").exists()
    before = llmlint()
    assert (folder / ".llmlint_cache").exists()
    diff = llmlint("--diff")
    assert b"cache_control" in diff.stdout
    assert llmlint("--fix").stdout != before.stdout
    assert b"LLM101" not in llmlint().stdout


def test_the_cache_may_be_elsewhere(llmlint: Run_, folder: Path, tmp_path: Path) -> None:
    rested(folder)
    by_option, by_variable = tmp_path / "a" / "cache", tmp_path / "b"
    llmlint("--cache-dir", str(by_option))
    llmlint(LLMLINT_CACHE_DIR=str(by_variable))
    assert is_cache(str(by_option))
    assert is_cache(str(by_variable))
    assert not (folder / ".llmlint_cache").exists()
    assert llmlint("clean", "--cache-dir", str(by_option)).returncode == 0
    llmlint("clean", LLMLINT_CACHE_DIR=str(by_variable))
    llmlint("clean", "--cache-dir", str(folder))
    assert not by_option.exists()
    assert not by_variable.exists()
    assert folder.exists()


def test_the_cache_lies_beside_the_configuration(llmlint: Run_, folder: Path) -> None:
    rested(folder)
    command = [sys.executable, "-m", "llmlint"]
    subprocess.run(command, cwd=folder / "desk", capture_output=True)
    assert is_cache(str(folder / ".llmlint_cache"))
    assert not (folder / "desk" / ".llmlint_cache").exists()
    assert llmlint("clean").stderr == b"Removing .llmlint_cache\n"
    assert not (folder / ".llmlint_cache").exists()


def test_a_link_in_place_of_the_cache_is_not_followed(llmlint: Run_, folder: Path, tmp_path: Path) -> None:
    rested(folder)
    (tmp_path / "precious").mkdir()
    (folder / ".llmlint_cache").symlink_to(tmp_path / "precious")
    expected = llmlint("--no-cache")
    assert llmlint().stdout == expected.stdout
    assert list((tmp_path / "precious").iterdir()) == []


def test_runs_side_by_side_and_killed_ones_leave_a_whole_cache(llmlint: Run_, folder: Path) -> None:
    rested(folder)
    expected = llmlint("--no-cache").stdout
    command = [sys.executable, "-m", "llmlint"]
    for round in range(2):
        shutil.rmtree(folder / ".llmlint_cache", ignore_errors=True)
        runs = [subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) for _ in range(2)]
        doomed = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.3 + 0.2 * round)
        doomed.kill()
        doomed.wait()
        for run in runs:
            assert run.communicate()[0] == expected
        assert llmlint().stdout == expected
