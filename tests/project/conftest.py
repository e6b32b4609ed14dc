"""A repository whose findings rest on several files, and llmlint in a process of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from metered.runner import Command

HANDBOOK = "Answer from this handbook, and from nothing else. " * 200

FILES = {
    "pyproject.toml": '[project]\nname = "desk"\n',
    "desk/__init__.py": "",
    "desk/models.py": 'MODEL = "claude-opus-5-5"\nSMALL = "claude-haiku-5-5"\n',
    "desk/prompts.py": f'BOOK = "{HANDBOOK}"\n',
    "desk/answer.py": """\
import anthropic
from desk.models import MODEL
from desk.prompts import BOOK

client = anthropic.Anthropic()


def answer(question):
    return client.messages.create(model=MODEL, max_tokens=300, system=BOOK, messages=[{"role": "user", "content": question}])
""",
    "jobs/nightly.py": """\
from desk.answer import answer


def main(path):
    for line in open(path):
        print(answer(line))


main("questions.txt")
""",
    "other/alone.py": """\
import openai


def ask(question):
    return openai.OpenAI().chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": question}])  # llmlint: ignore[LLM301]
""",
    "other/plain.py": "print('nothing here')\n",
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


Findings = list[tuple[Any, ...]]


@pytest.fixture
def findings(command: Command) -> Callable[..., Findings]:
    """What a run reports, with all paths relative to a folder."""

    def run(base: Path, *arguments: str, cwd: Path | None = None, stdin: str | None = None) -> Findings:
        folder = cwd or base
        outcome = command(folder, "--output-format", "json", *arguments, stdin=(stdin or "").encode())
        # A run on files that are all excluded says so.
        assert outcome.err in ("", "warning: all Python files under the given path(s) are excluded\n")
        return sorted((_key(each, folder, base) for each in json.loads(outcome.out)["findings"]), key=repr)

    return run


def _key(finding: dict[str, Any], cwd: Path, base: Path) -> tuple[Any, ...]:
    def relative(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: os.path.relpath(cwd / each, base) if key == "path" else relative(each) for key, each in value.items()}
        return [relative(each) for each in value] if isinstance(value, list) else value

    placed = relative(finding)
    return (
        placed["code"],
        placed["path"],
        placed["start"]["line"],
        placed["call"]["path"],
        frozenset(paths_in(placed)),
        json.dumps(placed),
    )


def paths_in(value: Any) -> list[str]:
    """All files that a finding names."""
    if isinstance(value, dict):
        return [path for key, each in value.items() for path in ([each] if key == "path" else paths_in(each))]
    return [path for each in value for path in paths_in(each)] if isinstance(value, list) else []
