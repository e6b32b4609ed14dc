"""`scripts/check_changes.py` passes where a run with a cache finds what one without does after random changes, and names what differs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    "desk/__init__.py": "",
    "desk/models.py": """\
QUICK = "gpt-5-mini"


def model_for(kind):
    names = {"long": "claude-opus-4-1", "short": QUICK}
    if kind in names:
        return names[kind]
    return "claude-opus-4-1"


def unused(kind):
    return model_for(kind) + "!"
""",
    "desk/agent.py": """\
import anthropic
from desk.models import model_for

RULES = "Answer from these rules, and from nothing else. " * 300


class Agent:
    def __init__(self, kind):
        self.client = anthropic.Anthropic()
        self.model = model_for(kind)
        self.history = []

    def ask(self, text):
        rules = self.rules()
        self.history.append({"role": "user", "content": text})
        answer = self.client.messages.create(model=self.model, max_tokens=300, system=rules, messages=self.history)
        return answer.content[0].text

    def rules(self):
        rules = RULES
        return rules

    def once(self, text):
        messages = [{"role": "user", "content": text}]
        return self.client.messages.create(model="claude-opus-4-1", max_tokens=300, system=RULES, messages=messages)
""",
    "desk/translate.py": """\
import anthropic


def translate(line):
    client = anthropic.Anthropic()
    message = {"role": "user", "content": line}
    return client.messages.create(model="claude-opus-4-1", max_tokens=300, messages=[message])
""",
    "jobs.py": """\
from desk.agent import Agent


def rows(path):
    with open(path) as file:
        return [line.strip() for line in file]


def main():
    agent = Agent("long")
    done = []
    for row in rows("rows.txt"):
        done.append(agent.once(row))
    print(done)


main()
""",
}


def check(tmp_path: Path, count: int, seed: int) -> subprocess.CompletedProcess[str]:
    tree = tmp_path / "tree"
    for name, text in FILES.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    command = [sys.executable, str(ROOT / "scripts" / "check_changes.py"), str(tree), "--count", str(count), "--seed", str(seed)]
    path = os.pathsep.join([str(tmp_path / "patch"), str(ROOT)])
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path})


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_differs(tmp_path: Path, seed: int) -> None:
    result = check(tmp_path, 40, seed)
    assert result.returncode == 0, result.stdout
    assert " 0 differences" in result.stdout


def test_what_differs_is_named(tmp_path: Path) -> None:
    patch = tmp_path / "patch"
    patch.mkdir()
    # A llmlint that loses what it takes over.
    (patch / "sitecustomize.py").write_text(
        "from llmlint.cache import parts\nresult = parts._result\nparts._result = lambda *given: result(*given)._replace(findings=())\n"
    )
    result = check(tmp_path, 15, 1)
    assert result.returncode == 1
    assert "  - without: Finding(" in result.stdout
