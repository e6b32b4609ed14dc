"""The programs that are compared: each in a virtual environment of its own, with the command that lints a folder."""

from __future__ import annotations

import pathlib
import subprocess
import sys
from collections.abc import Iterator

from measure import Command

ROOT = pathlib.Path(__file__).resolve().parent.parent

PINNED = {"ruff": "ruff==0.17.6", "semgrep": "semgrep==1.180.0", "trainlab": "trainlab-optimize==0.5.2"}

# Semgrep's own rules come from its server; these two find the calls that llmlint begins with, and no more.
SEMGREP_RULES = """\
rules:
  - id: anthropic-call
    languages: [python]
    severity: INFO
    message: a call of the Messages API
    pattern-either:
      - pattern: $CLIENT.messages.create(...)
      - pattern: $CLIENT.messages.stream(...)
  - id: openai-call
    languages: [python]
    severity: INFO
    message: a call of the Chat Completions or Responses API
    pattern-either:
      - pattern: $CLIENT.chat.completions.create(...)
      - pattern: $CLIENT.responses.create(...)
"""


class Tools:
    """The environments below `home`. `missing` says which tools could not be installed, and why."""

    def __init__(self, home: pathlib.Path) -> None:
        self.home = home
        self.missing: dict[str, str] = {}
        for name, requirement in PINNED.items():
            self._install(name, [requirement])
        # From the working tree, each time; what it depends on stays.
        self._install("llmlint", [str(ROOT)])
        self._pip("llmlint", "--force-reinstall", "--no-deps", str(ROOT))

    def bin(self, environment: str, program: str) -> str:
        return str(self.home / "environments" / environment / ("Scripts" if sys.platform == "win32" else "bin") / program)

    def _install(self, environment: str, requirements: list[str]) -> None:
        folder = self.home / "environments" / environment
        if not folder.exists():
            print(f"installing {environment}", flush=True)
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        self._pip(environment, *requirements)

    def _pip(self, environment: str, *arguments: str) -> None:
        command = [self.bin(environment, "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode:
            self.missing[environment] = (result.stderr.strip().splitlines() or ["pip failed"])[-1][:200]

    def linting(self, tree: pathlib.Path) -> Iterator[tuple[str, Command]]:
        """The commands that lint a tree, by the names under which their times are shown."""
        llmlint = [self.bin("llmlint", "llmlint"), "--isolated", "--quiet", "--exit-zero"]
        warm = [*llmlint, "--cache-dir", str(self.home / "cache" / tree.name), "."]
        ruff = [self.bin("ruff", "ruff"), "check", "--isolated", "--no-cache", "--quiet", "--exit-zero"]
        yield "llmlint, cold", Command([*llmlint, "--no-cache", "."], tree)
        yield "llmlint, warm", Command(warm, tree)
        if "ruff" not in self.missing:
            yield "ruff --select F", Command([*ruff, "--select", "F", "."], tree)
            yield "ruff (defaults)", Command([*ruff, "."], tree)
        if "trainlab" not in self.missing:
            workspace = str(self.home / "trainlab")
            line = [self.bin("trainlab", "trainlab"), "--workspace", workspace, "scan", "--include-tests", "."]
            yield "trainlab-optimize", Command(line, tree)
        if "semgrep" not in self.missing:
            rules = self.home / "semgrep.yaml"
            rules.write_text(SEMGREP_RULES, encoding="utf-8")
            line = [self.bin("semgrep", "semgrep"), "scan", "--config", str(rules), "--metrics=off", "--disable-version-check"]
            yield "semgrep", Command([*line, "--no-git-ignore", "--quiet", "."], tree)
