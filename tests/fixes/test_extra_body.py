"""Two fixes that pass something in `extra_body` to the same call, for an SDK that is older than the argument."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """\
import anthropic

client = anthropic.Anthropic()


def chat(questions):
    messages = []
    for question in questions:
        messages.append({"role": "user", "content": question})
        reply = client.messages.create(model="claude-3-haiku-20240307", max_tokens=900, messages=messages)
        messages.append({"role": "assistant", "content": reply.content[0].text})
    return messages
"""


def test_the_second_joins_the_first(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("anthropic==0.40.0\n", encoding="utf-8")
    program = tmp_path / "chat.py"
    program.write_text(PROGRAM, encoding="utf-8")
    _check(tmp_path)
    fixed = program.read_text(encoding="utf-8")
    assert fixed.count("extra_body=") == 1
    assert '"cache_control": {"type": "ephemeral"}' in fixed
    assert '"thinking": {"type": "disabled"}' in fixed


def _check(folder: Path) -> None:
    command = [sys.executable, "-m", "llmlint", "check", "--no-cache", "--exit-zero", "--fix", "--unsafe-fixes", "."]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
