"""Running programs and llmlint in processes of their own, quickly and several at a time."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal

_TESTS = Path(__file__).parents[1]
_ROOT = _TESTS.parent


@dataclass(frozen=True, slots=True)
class Outcome:
    """The exit code, and what was printed: `raw` is standard output to the byte, `out` its text."""

    code: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        return self.raw.decode(errors="replace")


Command = Callable[..., Outcome]


def in_new_interpreter(folder: Path, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Outcome:
    """llmlint's command line as a user runs it."""
    command = [sys.executable, "-m", "llmlint", *arguments]
    result = subprocess.run(command, cwd=folder, input=stdin, capture_output=True, timeout=120, env=env)
    return Outcome(result.returncode, result.stdout, result.stderr.decode())


class Runner:
    """A process that forks for each job (see `forkserver`); jobs may be given from several threads.

    One of `programs` has imported the SDKs; one of `commands` has llmlint alone, of which it has run nothing.
    """

    def __init__(self, kind: Literal["programs", "commands"] = "programs") -> None:
        path = os.pathsep.join([str(_TESTS), str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "metered.forkserver", kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **({"PYTHONHASHSEED": "0"} if kind == "programs" else {}), "PYTHONPATH": path, "PYTHONUTF8": "1"},
        )
        self._numbers = itertools.count()
        self._ready = Future[int]()
        self._waiting: dict[int, Future[int]] = {-1: self._ready}
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

    def command(self, folder: Path, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Outcome:
        """Run llmlint's command line in a folder, in this environment alone: what `in_new_interpreter` does, up to the end of the process.

        What Python itself reads when it starts, as PYTHONUTF8, is that of the server.
        """
        return self._run("command", ["llmlint", *arguments], folder, os.environ if env is None else env, stdin, 120)

    def _run(
        self, kind: str, argv: list[str], cwd: Path, env: Mapping[str, str], stdin: bytes = b"", timeout: float = 60.0
    ) -> Outcome:
        # The time that a job may take begins when the server has imported what it is to import.
        self._ready.result(180)
        number, done = next(self._numbers), Future[int]()
        with tempfile.NamedTemporaryFile() as given, tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
            given.write(stdin)
            given.flush()
            self._waiting[number] = done
            streams = {"in": given.name, "out": out.name, "err": err.name}
            self._send({"id": number, "kind": kind, "argv": argv, "cwd": str(cwd), "env": dict(env), **streams})
            try:
                code = done.result(timeout)
            except TooLate:
                self._send({"kill": number})
                code = done.result(10)
            return Outcome(code, out.read(), err.read().decode())

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
