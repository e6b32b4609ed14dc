"""Reading and scanning give the same whether one process does it or several."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from llmlint.findings import FileError
from llmlint.run import loading
from llmlint.run.loading import LoadedFile, load_files
from llmlint.scan.outline import Outline

CALL = "import anthropic\nclient = anthropic.Anthropic()\nclient.messages.create(model='claude-haiku-5-5', max_tokens=9, messages=[])\n"


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    for number in range(60):
        text = {0: CALL, 1: "x = 1\n", 2: CALL + "def broken(:\n"}[number % 3]
        (tmp_path / f"m{number:02}.py").write_text(text * (1 + number % 5 if number % 3 == 0 else 1))
    return [*sorted(path.name for path in tmp_path.iterdir()), "absent.py"]


def test_several_processes_give_what_one_gives(paths: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    alone = load_files(paths)
    monkeypatch.setattr(loading, "ALONE_SECONDS", 0)
    monkeypatch.setattr(loading, "SHARED_BYTES", 0)
    monkeypatch.setattr(loading, "CHUNK", 2)
    monkeypatch.setattr(loading, "processors", lambda: 2)
    assert list(map(_shown, load_files(paths))) == list(map(_shown, alone))
    kinds = [type(each) for each in alone[:3]]
    assert kinds == [LoadedFile, type(None), FileError]
    assert alone[-1] == FileError("absent.py", "no such file or directory")


def _shown(file: LoadedFile | FileError | None) -> object:
    """Expressions are compared by identity; what they say shows in their representation."""
    if not isinstance(file, LoadedFile):
        return file
    assert isinstance(file.facts, Outline)
    # What is not sent to another process is made there again when it is asked for.
    return file.data, file.source, repr(file.facts.__getstate__()), file.broken


_PARENT = os.getpid()


def _square_or_die(number: int) -> int:
    if number == 7 and os.getpid() != _PARENT:
        os._exit(9)
    return number * number


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the function reaches the workers by a fork")
def test_work_of_a_killed_process_is_done_by_its_parent() -> None:
    assert list(loading.share(_square_or_die, range(20), 2, 3)) == [number * number for number in range(20)]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers are started anew, and need a program that can be imported")
@pytest.mark.parametrize(
    ("work", "is_killed"),
    [
        pytest.param("list(share(str, range(4), 2, 1))", False, id="a process that ends as soon as it has all results"),
        pytest.param(
            "print('at work', flush=True); list(share(time.sleep, [60, 60], 2, 1))", True, id="a process that is killed"
        ),
    ],
)
def test_no_worker_outlives_its_parent(work: str, is_killed: bool) -> None:
    """Who waits for the end of what a process says, as a shell's pipe does, waits for its workers too."""
    code = f"import os, time\nfrom llmlint.run.loading import share\n{work}\nos._exit(0)\n"
    for _ in range(1 if is_killed else 10):
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        assert process.stdout is not None
        if is_killed:
            assert process.stdout.readline() == b"at work\n"
            time.sleep(1)
            process.kill()
        process.communicate(timeout=20)
