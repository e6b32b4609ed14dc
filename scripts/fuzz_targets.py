"""What scripts/fuzz_inputs.py runs on random bytes, and tests/test_reproducers.py on those that were kept: one function for each kind of input.

A target raises where llmlint raises what it does not promise, or reports an internal error.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import shutil
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from llmlint.audit.engine import audited
from llmlint.audit.report import renderer
from llmlint.cache.records import from_record
from llmlint.cache.store import Cache
from llmlint.config.settings import ConfigError, SettingsResolver
from llmlint.discover.ignorefiles import chain_above, slashed
from llmlint.discover.prefilter import has_plain_call, may_hold_call, may_hold_directive
from llmlint.discover.project import ask
from llmlint.findings import FileError
from llmlint.rules.registry import known_rules
from llmlint.run.engine import Run
from llmlint.run.fixing import fix
from llmlint.run.loading import load_bytes

HEAD = b"import anthropic\nclient = anthropic.Anthropic()\n"
CALL = b"\nclient.messages.create()\n"
SECONDS = 20.0
"""How long the server may take for the messages of one input."""


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """An empty folder, which is the working directory meanwhile."""
    before = os.getcwd()
    path = Path(os.path.realpath(tempfile.mkdtemp(prefix="llmlint-fuzz-")))
    os.chdir(path)
    try:
        yield path
    finally:
        os.chdir(before)
        shutil.rmtree(path, ignore_errors=True)


def must_not_fail(outcome: object) -> None:
    if isinstance(outcome, FileError) and "internal error" in outcome.message:
        raise AssertionError(outcome.message)


def discover(data: bytes) -> None:
    """Names of files and folders, one a line; behind an `=`, what the file holds, or behind an `>`, where the link leads."""
    with folder() as here:
        for line in data.split(b"\n")[:40]:
            name, mark, content = line.partition(b"=") if b"=" in line else line.partition(b">")
            path = os.path.join(os.fsencode(here), name.replace(b"..", b"").lstrip(b"/"))
            with contextlib.suppress(OSError, ValueError):
                os.makedirs(os.path.dirname(path), exist_ok=True)
                if mark == b">":
                    os.symlink(content, path)
                elif name.endswith(b"/"):
                    os.makedirs(path, exist_ok=True)
                elif name:
                    Path(os.fsdecode(path)).write_bytes(content.replace(b"\\n", b"\n"))
        with contextlib.suppress(ConfigError):
            for asked in ask(["."], SettingsResolver(str(here), known=known_rules())):
                for each in asked.found:
                    must_not_fail(each)


def ignore(data: bytes) -> None:
    with folder() as here:
        (here / ".git").mkdir()
        (here / ".gitignore").write_bytes(data)
        base = slashed(str(here))
        chain = chain_above(base).entering(base, {".gitignore"})
        for name in ("a.py", "b.pyc", "build"):
            chain.ignores(base, name, is_folder=name == "build")


def prefilter(data: bytes) -> None:
    """The bytes as they are, and behind words that open every gate."""
    for text in (data, HEAD + data, b"from openai import OpenAI\nimport litellm, instructor, llmlint\nx.messages\n" + data):
        if not may_hold_call(text):
            has_plain_call(text)
        may_hold_directive(text)


def scan(data: bytes) -> None:
    """Source as it is, and with a call behind it, so that it is parsed."""
    must_not_fail(load_bytes("a.py", data))
    must_not_fail(load_bytes("a.py", HEAD + data + CALL))


def notebook(data: bytes) -> None:
    must_not_fail(load_bytes("a.ipynb", data))


def config(data: bytes) -> None:
    with folder() as here:
        for name in ("llmlint.toml", "pyproject.toml"):
            (here / name).write_bytes(data)
            with contextlib.suppress(ConfigError):
                SettingsResolver(str(here), known=known_rules()).for_directory(str(here))
            (here / name).unlink()


def cache(data: bytes) -> None:
    with contextlib.suppress(ValueError, TypeError, RecursionError):
        from_record(json.loads(data))
    with folder() as here:
        store = Cache(str(here / "cache"))
        store.write("name", {"a": 1})
        for path in sorted((here / "cache").rglob("*")):
            if path.is_file() and path.name not in (".gitignore", "CACHEDIR.TAG"):
                path.write_bytes(data)
        store.read("name")


def audit(data: bytes) -> None:
    with folder() as here:
        (here / "export").write_bytes(data)
        reading, audit = audited(["export"], None)
        for error in reading.errors:
            must_not_fail(error)
        if audit is not None:
            for name in ("text", "json", "html"):
                renderer(name)(audit)


def lint(data: bytes) -> None:
    """A module behind a client: what is found, and what fixes make of it."""
    with folder() as here:
        rules = known_rules()
        run = Run.of_bytes("a.py", HEAD + data, SettingsResolver(str(here), {}, True, known=rules), rules)
        found = run.lint()
        for error in (*run.errors, *found.errors):
            must_not_fail(error)
        if any(finding.fix is not None for finding in found.findings):
            fixed = fix(run, found, unsafe=True)
            if fixed.refused:
                raise AssertionError(fixed.refused[0].reason)


class Conversation:
    """A language server without a process: what it is told, what it says, and what was raised in its own code."""

    def __init__(self, root: Path) -> None:
        from llmlint.server.features import make_server

        self.root = root.as_uri()
        self.said: list[str] = []
        self.faults: list[str] = []
        self.server = make_server()
        self.server.report_server_error = self._report  # type: ignore[method-assign]
        self.protocol = self.server.protocol
        self.protocol.set_writer(self, include_headers=False)

    def close(self) -> None:
        pass

    def write(self, data: bytes) -> None:
        text = data.decode()
        self.said.append(text)
        if "internal error" in text:
            self.faults.append(text)

    def _report(self, error: Exception, source: object) -> None:
        self.raised(error)

    def raised(self, error: BaseException) -> None:
        """Note an exception that was raised in the code of llmlint, and not in that of the library below."""
        where = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
        if where and any("/llmlint/" in each and "/scripts/" not in each for each in where):
            self.faults.append(f"{type(error).__name__}: {error} ({where[-1]})")

    async def tell(self, body: str) -> None:
        """One message, as the library takes it from standard input."""
        try:
            message = json.loads(body.replace("ROOT", self.root), object_hook=self.protocol.structure_message)
            self.protocol.handle_message(message)
        except Exception as error:  # The library reports it, and goes on.
            self.raised(error)
        await asyncio.sleep(0)

    async def converse(self, messages: list[str]) -> None:
        start = {
            "processId": None,
            "rootUri": "ROOT",
            "capabilities": {"workspace": {"workspaceEdit": {"documentChanges": True}}},
        }
        await self.tell(json.dumps({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": start}))
        await self.tell('{"jsonrpc": "2.0", "method": "initialized", "params": {}}')
        for each in messages:
            await self.tell(each)
        # Whatever was asked, the server still answers.
        wait = self.server.worker.submit(lambda: None)
        deadline = time.monotonic() + SECONDS
        while not wait.done():
            if time.monotonic() > deadline:
                raise AssertionError("the server does not answer any more")
            await asyncio.sleep(0.02)
        for _ in range(5):
            await asyncio.sleep(0)
        self.server.worker.end()


def server(data: bytes) -> None:
    """Messages to the language server, one a line. ROOT stands for the folder that is open."""
    logging.disable(logging.CRITICAL)
    with folder() as here:
        (here / ".git").mkdir()
        (here / "a.py").write_bytes(HEAD)
        conversation = Conversation(here)
        try:
            asyncio.run(conversation.converse(data.decode("utf-8", "replace").split("\n")[:30]))
        finally:
            shutil.rmtree(conversation.server.folder, ignore_errors=True)
        if conversation.faults:
            raise AssertionError(conversation.faults[0])


TARGETS: dict[str, Callable[[bytes], None]] = {
    each.__name__: each for each in (discover, ignore, prefilter, scan, notebook, config, cache, audit, lint, server)
}
