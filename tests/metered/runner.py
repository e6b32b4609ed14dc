"""Running programs and llmlint in processes of their own, quickly and several at a time."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

_TESTS = Path(__file__).parents[1]
_ROOT = _TESTS.parent


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a process ended, and what it printed."""

    code: int
    out: str
    err: str


class Runner:
    """A process that forks for each job (see `forkserver`); jobs may be given from several threads."""

    def __init__(self) -> None:
        path = os.pathsep.join([str(_TESTS), str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "metered.forkserver"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1", "PYTHONHASHSEED": "0"},
        )
        self._numbers = itertools.count()
        self._waiting: dict[int, Future[int]] = {}
        self._lock = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._reader.join()
        self._process.stdout.close()

    def program(self, path: Path, env: Mapping[str, str], arguments: Sequence[str] = ()) -> Outcome:
        """Run a Python file in its own folder."""
        return self._run("program", [str(path), *arguments], path.parent, env)

    def llmlint(self, folder: Path, *arguments: str) -> Outcome:
        """Run llmlint's command line in a folder."""
        return self._run("llmlint", ["llmlint", *arguments], folder, {})

    def _run(self, kind: str, argv: list[str], cwd: Path, env: Mapping[str, str], timeout: float = 60.0) -> Outcome:
        number, done = next(self._numbers), Future[int]()
        with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
            self._waiting[number] = done
            job = {"id": number, "kind": kind, "argv": argv, "cwd": str(cwd), "env": dict(env), "out": out.name, "err": err.name}
            self._send(job)
            try:
                code = done.result(timeout)
            except TooLate:
                self._send({"kill": number})
                code = done.result(10)
            texts = [file.read().decode(errors="replace") for file in (out, err)]
        return Outcome(code, *texts)

    def _send(self, message: Mapping[str, object]) -> None:
        assert self._process.stdin is not None
        with self._lock:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            report = json.loads(line)
            self._waiting.pop(report["id"]).set_result(report["code"])
        for future in self._waiting.values():
            future.set_exception(RuntimeError("the process that runs the programs has ended"))
