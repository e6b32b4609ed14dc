"""Jobs of a CI service that run a program: all of them end after some hours at the latest, and begin with a fresh checkout."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program

# GitHub ends a job after 6 hours unless it says otherwise (on its own runners at the latest then), GitLab and Azure after 1 hour, CircleCI after 5,
# Bitbucket after 2.
_FOLDERS = (".github/workflows", ".gitlab/ci", ".circleci")
_FILES = (".gitlab-ci.yml", "azure-pipelines.yml", "bitbucket-pipelines.yml")
_MOST_BYTES = 100_000
_MOST_FILES = 100
_COMMAND = re.compile(
    r"\b(?:python[\d.]*|(?:uv|poetry|pipenv|pdm|hatch|rye) run)(?:\s+(?:-(?!m\b)[a-zA-Z]+|--[\w=-]+|python[\d.]*))*"
    r"\s+(?:-m\s+(?P<module>[\w.]+)|[\"']?(?P<path>[\w./-]+\.py)\b)"
)
# The first word of a command: a console script.
_SCRIPT = re.compile(r"(?:^\s*(?:-\s+)?(?:run:\s*)?[\"']?|&&\s*|;\s*|\brun\s+)([\w-]+)(?=[\s\"']|$)")
# What else a job runs, whose lines are looked at as well: shell scripts, and targets of make.
_SHELL = re.compile(
    r"(?:\b(?:bash|sh|zsh|source)\s+(?:-\w+\s+)*|(?:^|[\s\"':;&|])(?=\./|[\w.-]+/))[\"']?(?P<path>[\w./-]+\.(?:ba|z)?sh)\b"
)
_MAKE = re.compile(r"\bmake\b((?:\s+-\w+|\s+[\w-]+)*)")
_TARGET = re.compile(r"^(?P<name>[\w./-]+)\s*:(?!=)(?P<needs>[^#\n]*)")
_DEEPEST = 3
_MOVES = re.compile(r"working-directory:|\bcd\s")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_ENTRY = re.compile(r"^\s*[\"']?(?P<name>[\w-]+)[\"']?\s*=\s*[\"'](?P<module>[\w.]+):\w+[\"']", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Jobs:
    """What the jobs of one file run. `moves`: some of them do so in another folder than that of the project. `is_limited`: some have a limit of their
    own, beside the hours of the service."""

    name: str
    modules: frozenset[str]
    scripts: frozenset[str]
    moves: bool
    is_limited: bool

    def runs(self, script: str, module: str) -> bool:
        """Whether they run a script, or the module that it is; both are named from the folder of the jobs' file on."""
        if script in self.scripts or any(module == each or module.endswith(f".{each}") for each in self.modules):
            return True
        return self.moves and any(script.endswith(f"/{each}") for each in self.scripts)


# By folder: those of the files in it.
_JOBS: Memo[str, tuple[Jobs, ...]] = Memo()


def job_running(program: Program, path: str) -> Jobs | None:
    """The file with CI jobs, below the root of the program, that runs the script or module at a path: one with a limit of its own first."""
    root, own = PurePosixPath(_slashed(program.root)), PurePosixPath(_slashed(program.disk.absolute(path)))
    for folder in own.parents:
        if not folder.is_relative_to(root):
            break
        script = own.relative_to(folder).as_posix()
        module = script.removesuffix(".py").removesuffix("/__main__").replace("/", ".")
        jobs = _JOBS.get(program, str(folder), partial(_jobs_of, program, str(folder)))
        found = sorted((each for each in jobs if each.runs(script, module)), key=lambda each: not each.is_limited)
        if found:
            return found[0]
    return None


def _jobs_of(program: Program, folder: str) -> tuple[Jobs, ...]:
    names = _files(program, folder)
    return tuple(_read(program, folder, names)) if names else ()


def _read(program: Program, folder: str, names: list[str]) -> Iterator[Jobs]:
    entries = {found["name"]: found["module"] for found in _ENTRY.finditer(_text(program, f"{folder}/pyproject.toml"))}
    for name in names:
        text = _text(program, f"{folder}/{name}")
        modules, scripts = set[str](), set[str]()
        for line in _lines(program, folder, text):
            for found in _COMMAND.finditer(line):
                if found["path"]:
                    scripts.add(posixpath.normpath(found["path"]))
                elif found["module"]:
                    modules.add(found["module"])
            modules |= {entries[word] for word in _SCRIPT.findall(line) if word in entries}
        if modules or scripts:
            yield Jobs(name, frozenset(modules), frozenset(scripts), _MOVES.search(text) is not None, "timeout" in text)


def _lines(program: Program, folder: str, text: str, depth: int = _DEEPEST) -> Iterator[str]:
    """The lines of a file with jobs, without comments, and those of the shell scripts and targets of make that they run."""
    for line in (_COMMENT.sub("", line) for line in text.splitlines()):
        yield line
        if depth == 0:
            continue
        for found in _SHELL.finditer(line):
            yield from _lines(program, folder, _text(program, f"{folder}/{posixpath.normpath(found['path'])}"), depth - 1)
        for found in _MAKE.finditer(line):
            rules = _text(program, f"{folder}/Makefile").replace("\\\n", " ")
            wanted = [word for word in found[1].split() if not word.startswith("-")]
            yield from _lines(program, folder, "\n".join(_recipes(rules, wanted)), depth - 1)


def _recipes(rules: str, wanted: list[str]) -> Iterator[str]:
    """The commands of targets of a makefile, and of what they need; of its first one where none is named."""
    recipes: dict[str, tuple[list[str], list[str]]] = {}
    current: list[str] = []
    for line in rules.splitlines():
        if line.startswith("\t"):
            current.append(line)
        elif (found := _TARGET.match(line)) is not None:
            current = []
            recipes[found["name"]] = found["needs"].split(), current
    pending = wanted or [name for name in recipes if not name.startswith(".")][:1]
    seen: set[str] = set()
    while pending:
        name = pending.pop()
        if name in recipes and name not in seen:
            seen.add(name)
            needs, commands = recipes[name]
            yield from commands
            pending += needs


def _files(program: Program, folder: str) -> list[str]:
    disk = program.disk
    inside = [f"{each}/{name}" for each in _FOLDERS for name in disk.names(f"{folder}/{each}")]
    own = [name for name in _FILES if disk.is_file(f"{folder}/{name}")]
    return [name for name in (*inside, *own) if name.endswith((".yml", ".yaml"))][:_MOST_FILES]


def _text(program: Program, path: str) -> str:
    data = program.disk.read(path, _MOST_BYTES)
    return "" if data is None else data.decode(errors="replace")


def _slashed(path: str) -> str:
    return path.replace("\\", "/")
