"""Write docs/transcript.md: llmlint at work on a small git repository, each command with what it prints.

`python scripts/transcript.py` writes; with `--check` nothing is written, and the exit code is 1 where the page is stale. A new part of the page
is one more `Section` of `SECTIONS`. Needs git, bash and pre-commit.
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
import ollama


def translate(text):
    return ollama.generate(model="gemma3", prompt=text)


def ask(messages):
    return ollama.chat(model="gemma3", messages=messages)
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


_HOOKS = """\
repos:
  - repo: local
    hooks:
      - id: llmlint
        name: llmlint
        language: system
        entry: llmlint check --force-exclude --output-format concise
        args: [--]
        types_or: [python, pyi, jupyter]
        require_serial: true
"""

_NOTEBOOK = """\
{
 "cells": [
  {"cell_type": "code", "execution_count": 3, "id": "a1", "metadata": {"tags": ["setup"]}, "outputs": [], "source": ["%pip install anthropic\\n", "import anthropic\\n", "client = anthropic.Anthropic()\\n", "from prompts import HANDBOOK"]},
  {"cell_type": "code", "execution_count": 4, "id": "b2", "metadata": {}, "outputs": [{"name": "stdout", "output_type": "stream", "text": ["Yes."]}], "source": ["def ask(question):\\n", "    return client.messages.create(model=\\"claude-haiku-5-5\\", max_tokens=9, system=HANDBOOK, messages=[{\\"role\\": \\"user\\", \\"content\\": question}])"]}
 ],
 "metadata": {"language_info": {"name": "python"}},
 "nbformat": 4,
 "nbformat_minor": 5
}
"""  # noqa: E501


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
        "pre-commit",
        "A hook gets the files of a commit, and llmlint knows the others: a prompt that is committed alone is checked with the call that sends it. "
        "`docs/ci.md` shows the hooks as they are installed from a repository by `rev`; `scripts/check_pre_commit.py` tries those.",
        (
            'pre-commit install | sed "s#at .*#at .git/hooks/pre-commit#"',
            "echo '# Of the night trains.' >> prompts.py && git add prompts.py && git commit -q -m 'A comment'",
            'sed -i \'s/"""$/"""[:900]/\' prompts.py && git add prompts.py && git commit -q -m \'A short handbook\' && git log --format=%s',
            "git reset -q --hard HEAD~1 && git add -A && pre-commit run --all-files > out.txt; head -6 out.txt; rm out.txt",
            "pre-commit uninstall > out.txt && rm out.txt .pre-commit-config.yaml",
        ),
        files={".pre-commit-config.yaml": _HOOKS},
        shown=(".pre-commit-config.yaml",),
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
            "llmlint --since main --config 'calls-per-day = { \"desk/*\" = 2000 }' --output-format markdown | sed -n '/^| Call/,/^$/p'",
            "llmlint --since HEAD",
        ),
        files={"desk/tag.py": _NEW_CALL, "desk/answer.py": "# Answers questions of travellers.\n\n" + FILES["desk/answer.py"]},
    ),
    Section(
        "An old repository",
        "A baseline accepts what is found now. It knows findings by their function and content, so that edits around them, renamed files and moved "
        "functions change nothing. Where the findings are to be seen in the source, `--add-ignore` writes comments.",
        (
            "llmlint baseline",
            "llmlint",
            "sed -i '1i # A line more.' desk/tag.py && git mv desk/tag.py desk/label.py && llmlint",
            "cp desk/label.py desk/again.py && llmlint --output-format concise",
            "rm desk/again.py llmlint-baseline.json && llmlint --add-ignore 'the old desk closes in March'",
            "git diff -U0 | grep '^[+]' | cut -c1-60,6170-",
            "llmlint",
            "git reset -q --hard HEAD",
        ),
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
    Section(
        "Notebooks",
        "The cells of a notebook are one program. `--fix` changes the cell that the fix is in; metadata, outputs and the form of the file stay.",
        (
            "git add -A && git commit -q -m 'A notebook'",
            "llmlint --output-format concise ask.ipynb",
            "llmlint --fix ask.ipynb; git diff --numstat",
            "git diff -U0 ask.ipynb | grep -o 'system=.*cache_control.*, messages'",
        ),
        files={"ask.ipynb": _NOTEBOOK},
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
        language = "python" if name.endswith(".py") else "yaml"
        yield f"`{name}`:\n\n```{language}\n{(here / name).read_text(encoding='utf-8')}```\n"
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
    commands = folder / "bin"
    commands.mkdir()
    for name, module in (("llmlint", "llmlint"), ("pre-commit", "pre_commit")):
        command = commands / name
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n', encoding="utf-8")
        command.chmod(command.stat().st_mode | stat.S_IXUSR)
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR") if name in os.environ}
    who = {
        f"GIT_{role}_{what}": f"desk{'@example.com' if what == 'EMAIL' else ''}"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    dates = {f"GIT_{role}_DATE": "2026-11-22T12:00:00Z" for role in ("AUTHOR", "COMMITTER")}
    own = {
        "PATH": f"{commands}{os.pathsep}{kept.get('PATH', os.defpath)}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "PRE_COMMIT_HOME": str(folder / "pre-commit-home"),
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
