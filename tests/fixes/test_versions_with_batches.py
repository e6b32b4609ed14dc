"""Batch fixes for projects that ask for a version of the SDK: the first with batches are anthropic 0.41 and openai 1.19."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ANTHROPIC = """\
import anthropic

client = anthropic.Anthropic()


def labels(texts):
    found = []
    for text in texts:
        answer = client.messages.create(model="claude-haiku-5-5", max_tokens=9, messages=[{"role": "user", "content": text}])
        found.append(answer.content[0].text)
    return found
"""
OPENAI = """\
from openai import OpenAI

client = OpenAI()


def labels(texts):
    found = []
    for text in texts:
        answer = client.chat.completions.create(model="gpt-6-luna", messages=[{"role": "user", "content": text}])
        found.append(answer.choices[0].message.content)
    return found
"""


@pytest.mark.parametrize(
    ("code", "required", "is_fixed"),
    [
        (ANTHROPIC, "anthropic==0.21.1", False),
        (ANTHROPIC, "anthropic==0.40.0", False),
        (ANTHROPIC, "anthropic==0.41.0", True),
        (ANTHROPIC, "openai==1.3.0", True),
        (OPENAI, "openai==1.3.0", False),
        (OPENAI, "openai>=1.3.0", True),
    ],
)
def test_only_where_the_sdk_has_batches(tmp_path: Path, code: str, required: str, is_fixed: bool) -> None:
    (tmp_path / "requirements.txt").write_text(f"{required}\n", encoding="utf-8")
    (tmp_path / "main.py").write_text(code, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "llmlint",
        "check",
        "--isolated",
        "--no-cache",
        "--select",
        "LLM301",
        "--exit-zero",
        ".",
    ]
    said = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert ("Send the requests as a batch" in said) is is_fixed
    assert ("that has no batches" in said) is not is_fixed
