"""Programs for openai<1, which cannot be installed beside the openai of the other tests: they run in processes of their own.

The variable LLMLINT_OPENAI_BEFORE_1 names a folder in which `.ci/legacy` has installed the real one. Else they run with a stand-in.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from llmlint.fixes.batch.parts import assembled
from metered import Account, MeteredServer, Settings

_STAND_IN = Path(__file__).parent / "openai_before_1.py"


@dataclass
class Project:
    """A folder with a program for openai<1, and its account of the metered API."""

    folder: Path
    server: MeteredServer
    name: str
    sdk: Path

    @property
    def account(self) -> Account:
        return self.server.account(self.name)

    @property
    def kinds(self) -> Counter[str]:
        return Counter(line.kind for line in self.account.bill.lines)

    @property
    def sizes(self) -> list[int]:
        """How many requests each batch has."""
        return [batch.total for batch in self.account.openai_batches.values()]

    @property
    def kept(self) -> list[Path]:
        return sorted((self.folder / ".llm_batches").glob("*.txt"))

    def set_up(self, **settings: object) -> None:
        """A new account, with other settings."""
        self.server._accounts.pop(self.name, None)
        self.server.account(self.name, Settings(**{"latency": 0.0, "polls": 0, **settings}))  # type: ignore[arg-type]

    def write(self, program: str, *parts: str) -> None:
        """The program, beside a module with some parts."""
        (self.folder / "main.py").write_text(program)
        (self.folder / "llm_batches.py").write_text(assembled(frozenset({"legacy", *parts})))

    def environment(self, **more: str) -> Mapping[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "HOME") if name in os.environ}
        settings = {"OPENAI_API_BASE": self.server.openai_url(self.name), "OPENAI_API_KEY": "key"}
        return {**kept, **settings, "PYTHONPATH": str(self.sdk), "PYTHONUTF8": "1", **more}

    def start(self, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "main.py"],
            cwd=self.folder,
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, **more: str) -> list[str]:
        """The lines that the program prints."""
        with self.start(**more) as process:
            out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        return out.splitlines()


@pytest.fixture(scope="session")
def server() -> Iterator[MeteredServer]:
    with MeteredServer() as server:
        yield server


@pytest.fixture(scope="session")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    installed = os.environ.get("LLMLINT_OPENAI_BEFORE_1")
    if installed is not None:
        return Path(installed)
    folder = tmp_path_factory.mktemp("sdk")
    shutil.copy(_STAND_IN, folder / "openai.py")
    return folder


@pytest.fixture
def project(server: MeteredServer, sdk: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Project:
    project = Project(tmp_path, server, re.sub(r"\W", "-", request.node.name), sdk)
    project.set_up()
    return project
