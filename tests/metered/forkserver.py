"""Runs Python programs and llmlint in processes that have imported what they need already: `python -m metered.forkserver programs`.

Importing the SDKs takes longer than most programs of the tests run, and importing llmlint longer than most of its commands. This process imports
them once and forks for each job; `commands` in place of `programs` imports llmlint alone, and runs nothing of it ahead. Jobs come as lines of JSON
on standard input (`id`, `kind`, `argv`, `cwd`, `env`, `in`, `out`, `err`; or `kill` with an id), and each ends as a line `{"id": …, "code": …}` on
standard output, where the line of job -1 says that the server is ready. POSIX only.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import select
import signal
import ssl
import sys
import tempfile
import threading
import traceback
import warnings
from pathlib import Path
from typing import Any

import llmlint
from llmlint.cli import main as command_line
from llmlint.cli import run as whole_command_line
from metered.fake_time import install

_BUFFER = 1 << 16
_TESTS = Path(__file__).parents[1]
_SAMPLE = """\
import anthropic

client = anthropic.Anthropic()
for word in ["Tag this: one", "Tag this: two", "Tag this: three", "Tag this: four"]:
    client.messages.create(model="claude-opus-4-8", max_tokens=9, messages=[{"role": "user", "content": word}])
"""


def main() -> None:
    if sys.argv[1] == "programs":
        # Reading the certificates takes longer than most programs; the metered API has none.
        ssl.create_default_context = functools.cache(ssl.create_default_context)  # type: ignore[assignment]
        _preload()
    else:
        for module in pkgutil.walk_packages(llmlint.__path__, "llmlint."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    # Objects that no collection visits stay in pages that all children share.
    gc.collect()
    gc.freeze()
    children: dict[int, int] = {}
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    _report(-1, 0)
    pending = b""
    while True:
        ready, _, _ = select.select([0, reader], [], [])
        if reader in ready:
            os.read(reader, _BUFFER)
            _reap(children)
        if 0 in ready:
            data = os.read(0, _BUFFER)
            if not data:
                return
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                _take(json.loads(line), children)


def _take(job: dict[str, Any], children: dict[int, int]) -> None:
    if "kill" in job:
        for process, name in children.items():
            if name == job["kill"]:
                os.kill(process, signal.SIGKILL)
        return
    process = os.fork()
    if process == 0:
        os._exit(_run(job))
    children[process] = job["id"]


def _reap(children: dict[int, int]) -> None:
    while children:
        process, status = os.waitpid(-1, os.WNOHANG)
        if process == 0:
            return
        _report(children.pop(process), os.waitstatus_to_exitcode(status))


def _report(job: int, code: int) -> None:
    os.write(1, json.dumps({"id": job, "code": code}).encode() + b"\n")


def _run(job: dict[str, Any]) -> int:
    """In the child: become the program, and give its exit code."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, path, flags in ((0, job["in"], os.O_RDONLY), (1, job["out"], os.O_WRONLY), (2, job["err"], os.O_WRONLY)):
        handle = os.open(path, flags)
        os.dup2(handle, number)
        os.close(handle)
    os.chdir(job["cwd"])
    if job["kind"] == "command":
        os.environ.clear()
    os.environ.update(job["env"])
    sys.argv = job["argv"]
    if job["kind"] == "command":
        # With nothing of this repository's tests, and all that `python -m llmlint` does up to its end.
        sys.path[:] = [entry for entry in sys.path if entry not in ("", str(_TESTS))]
        whole_command_line()
    code = 1
    try:
        if job["kind"] == "llmlint":
            command_line()
        else:
            _program(sys.argv[0])
        code = 0
    except SystemExit as leave:
        code = leave.code if isinstance(leave.code, int) else int(leave.code is not None)
        if isinstance(leave.code, str):
            print(leave.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    # What the interpreter does at its end: wait for threads, run exit functions, flush.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _program(path: str) -> None:
    # Only what a program finds when it is run by hand: its own folder, the standard library, and what is installed.
    own = {str(_TESTS), str(_TESTS.parent)}
    sys.path[:] = [os.path.dirname(os.path.abspath(path)), *(entry for entry in sys.path if entry and entry not in own)]
    install(os.environ.get("METERED_CLOCK_URL"))
    runpy.run_path(path, run_name="__main__")


def _preload() -> None:
    """Import what nearly all jobs need, and what the SDKs would import with the first request."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import anthropic
        import openai

        blocking = anthropic.Anthropic(api_key="none"), openai.OpenAI(api_key="none")
        in_tasks = anthropic.AsyncAnthropic(api_key="none"), openai.AsyncOpenAI(api_key="none")
        for first, second in (blocking, in_tasks):
            for inner in (first.messages.batches, first.beta.messages.batches, second.chat.completions, second.responses):
                assert inner is not None
    # One run of llmlint imports what it would import in each child.
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder, "sample.py")
        sample.write_text(_SAMPLE, encoding="utf-8")
        sys.argv = ["llmlint", "check", "--isolated", "--no-cache", "--quiet", "--fix", "--unsafe-fixes", str(sample)]
        with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())):
            command_line()


if __name__ == "__main__":
    main()
