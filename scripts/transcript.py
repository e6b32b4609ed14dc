"""Write docs/transcript.md: llmlint at work on a small git repository, each command with what it prints.

`python scripts/transcript.py` writes; with `--check` nothing is written, and the exit code is 1 where the page is stale. A new part of the page
is one more `Section` of `SECTIONS`. Needs git and bash.
"""

from __future__ import annotations

import argparse
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "transcript.md"

HEAD = """\
# Transcript

This page is made by `scripts/transcript.py`, and CI checks that it is up to date: every output below is what llmlint prints now, in a git repository
with these files. `prompts.py` holds a long prompt in `HANDBOOK`.

"""

HANDBOOK = "Trains run by night. A berth can be booked up to an hour before departure, and changed once for free. " * 60

FILES = {
    "pyproject.toml": '[project]\nname = "desk"\nversion = "1"\n',
    "prompts.py": f'HANDBOOK = """{HANDBOOK}"""\n',
    "desk/__init__.py": "",
    "desk/answer.py": """\
import anthropic

from prompts import HANDBOOK

client = anthropic.Anthropic()


def answer(question):
    return client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=300,
        system=HANDBOOK,
        messages=[{"role": "user", "content": question}],
    )
""",
    "old/legacy.py": """\
import boto3
import requests

bedrock = boto3.client("bedrock-runtime")


def translate(body):
    return bedrock.invoke_model(body=body)


def ask(body):
    return requests.post("https://api.openai.com/v1/chat/completions", json=body)
""",
}

_NEW_CALL = """\
import anthropic

client = anthropic.Anthropic()


def tag(text):
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=5,
        messages=[{"role": "user", "content": f"Answer yes or no: is this a complaint?\\n{text}"}],
    )
"""


@dataclass(frozen=True)
class Section:
    """One part of the page: what it shows, files that change before it, and commands. Files marked in `shown` are printed."""

    title: str
    text: str
    commands: tuple[str, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    shown: tuple[str, ...] = ()


SECTIONS = (
    Section(
        "One answer, wherever it is asked",
        "The finding lies in `prompts.py`, its call in `desk/answer.py`. A run on either file reports it, from any folder.",
        (
            "llmlint --output-format concise",
            "llmlint --output-format concise prompts.py",
            "cd desk && llmlint --output-format concise answer.py",
        ),
        shown=("desk/answer.py",),
    ),
    Section(
        "Formats",
        "Annotations for GitHub, a report for GitLab, SARIF, JUnit and a Markdown summary; `--output-file` writes them to a file.",
        (
            "llmlint --output-format github | cut -c1-150",
            "llmlint --output-format gitlab | head -8",
            "llmlint --output-format sarif --output-file out/llmlint.sarif; grep -c ruleId out/llmlint.sarif",
            "llmlint --output-format junit | head -5 | cut -c1-150",
            "llmlint --output-format markdown",
            "llmlint --statistics",
        ),
    ),
    Section(
        "What a change brings",
        "A branch adds `desk/tag.py` and moves the lines of `desk/answer.py`. Only what is new is reported, with the cost of the calls that changed.",
        (
            "git checkout -q -b tags && git add -A && git commit -q -m 'Tag complaints'",
            "llmlint --since main --output-format concise",
            "llmlint --since main --output-format markdown | tail -8",
            "llmlint --since HEAD",
        ),
        files={"desk/tag.py": _NEW_CALL, "desk/answer.py": "# Answers questions of travellers.\n\n" + FILES["desk/answer.py"]},
    ),
    Section(
        "Settings",
        "Settings can be shown, given in one line, and extended; what is wrong with them is said at once, with lines.",
        (
            "llmlint --show-files",
            "llmlint --show-settings desk/tag.py --config 'thresholds.min-fan-out = 10' | grep -e '^#' -e min-fan-out | sed \"s#$PWD#~/desk#\"",
            "llmlint --exclude desk,old --output-format concise",
            "printf 'selekt = []\\nmin-confidence = \"sure\"\\n' > llmlint.toml; llmlint; rm llmlint.toml",
            "llmlint rule LLM3 | grep -A 2 '^# '",
        ),
    ),
    Section(
        "What was not looked at",
        "A clean run says how many calls it checked, and how many calls of other libraries it did not.",
        ("llmlint --select LLM3", "llmlint old", "mkdir -p docs && llmlint docs", "llmlint --exclude '*.py'"),
    ),
)


def transcript() -> str:
    """The page."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder).resolve() / "desk"
        here.mkdir()
        environment = _environment(Path(folder).resolve())
        _write(here, FILES)
        for command in ("git init -q -b main .", "git add -A", "git commit -q -m 'The desk'"):
            subprocess.run(command, shell=True, cwd=here, env=environment, check=True)
        return HEAD + "\n".join(part for section in SECTIONS for part in _section(section, here, environment))


def _section(section: Section, here: Path, environment: Mapping[str, str]) -> Iterator[str]:
    _write(here, section.files)
    yield f"## {section.title}\n\n{section.text}\n"
    for name in section.shown:
        yield f"`{name}`:\n\n```python\n{(here / name).read_text(encoding='utf-8')}```\n"
    lines = []
    for command in section.commands:
        # Standard error goes between the lines of standard output, as on a terminal.
        done = subprocess.run(
            ["bash", "-c", f"exec 2>&1\n{command}"],
            cwd=here,
            env=environment,
            stdout=subprocess.PIPE,
            check=False,
            encoding="utf-8",
        )
        lines.append(f"$ {command}\n{done.stdout}")
    yield "```console\n" + "".join(lines) + "```\n"


def _write(here: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(text, encoding="utf-8")


def _environment(folder: Path) -> dict[str, str]:
    """An environment in which outputs are the same everywhere, with this tree's llmlint as a command."""
    command = folder / "bin" / "llmlint"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m llmlint "$@"\n', encoding="utf-8")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR") if name in os.environ}
    who = {
        f"GIT_{role}_{what}": f"desk{'@example.com' if what == 'EMAIL' else ''}"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    dates = {f"GIT_{role}_DATE": "2026-11-22T12:00:00Z" for role in ("AUTHOR", "COMMITTER")}
    own = {
        "PATH": f"{command.parent}{os.pathsep}{kept.get('PATH', os.defpath)}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "LC_ALL": "C.UTF-8",
        "PYTHONUTF8": "1",
        "LLMLINT_NO_CACHE": "1",
    }
    return {**kept, **who, **dates, **own}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the page is stale")
    options = parser.parse_args()
    text = transcript()
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
        print("docs/transcript.md is up to date")
        return 0
    if options.check:
        print("docs/transcript.md is stale: run python scripts/transcript.py")
        return 1
    PAGE.write_text(text, encoding="utf-8", newline="\n")
    print("wrote docs/transcript.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
