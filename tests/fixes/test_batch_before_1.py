"""Which calls of openai<1 get a batch fix, and why others do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmlint.config.settings import SettingsResolver
from llmlint.findings import Finding
from llmlint.rules.registry import known_rules
from llmlint.run.engine import Run

PROGRAM = """\
import openai
{settings}

def label(letter):
    answer = openai.ChatCompletion.create(model="gpt-4.1-mini", messages=[{{"role": "user", "content": letter}}]{more})
    return answer["choices"][0]["message"]["content"]


def main():
    labels = []
    for letter in open("letters.txt"):
        labels.append(label(letter))
    open("labels.txt", "w").write("\\n".join(labels))


if __name__ == "__main__":
    main()
"""


def found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Finding:
    monkeypatch.chdir(folder)
    settings = SettingsResolver(".", {"select": ["LLM301"]}, True, known=known_rules())
    [finding] = Run.of_paths(["."], settings, known_rules()).lint().findings
    return finding


@pytest.mark.parametrize(
    ("settings", "more", "why"),
    [
        ("", "", None),
        ("", ", request_timeout=30, api_key=open('key').read(), organization='org'", None),
        ("import os\nopenai.api_base = os.environ.get('OPENAI_API_BASE', 'https://api.openai.com/v1')", "", None),
        ("openai.api_type = 'azure'", "", "Azure"),
        ("", ", engine='desk'", "`engine`"),
        ("", ", deployment_id='desk'", "`deployment_id`"),
        ("", ", headers={'x-user': '7'}", "`headers`"),
        ("", ", api_base=open('address').read()", "`api_base`"),
        ("from openai import OpenAIError", "", None),
        ("from openai import AsyncOpenAI", "", "for several versions"),
        ("IS_NEW = not hasattr(openai, 'ChatCompletion')", "", "for several versions"),
        ("import sys\nIS_NEW = openai.__version__ >= '1'", "", "for several versions"),
    ],
)
def test_what_is_sent_decides(settings: str, more: str, why: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "main.py").write_text(PROGRAM.format(settings=settings, more=more))
    finding = found(tmp_path, monkeypatch)
    assert (finding.fix is None) is (why is not None), finding.help
    assert (why or "") in (finding.help or "")


@pytest.mark.parametrize(
    ("name", "text", "is_fixed"),
    [
        ("requirements.txt", "openai==0.28.1\n", True),
        ("requirements.txt", "openai>=0.27,<1\n", True),
        ("requirements.txt", "openai\n", True),
        ("requirements.txt", "openai>=1.3.0\n", False),
        ("requirements/dev.txt", "openai==1.30.1\n", False),
        ("pyproject.toml", 'dependencies = ["openai~=1.12"]\n', False),
        ("pyproject.toml", 'openai = "^0.28"\n', True),
        ("tools/requirements.txt", "openai==0.27.8\n", True),
    ],
)
def test_what_the_project_asks_for_decides(
    name: str, text: str, is_fixed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name.startswith("tools/"):
        (tmp_path / "requirements.txt").write_text("openai>=1.3.0\n")
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    (tmp_path / "tools").mkdir(exist_ok=True)
    (tmp_path / "tools" / "main.py").write_text(PROGRAM.format(settings="", more=""))
    finding = found(tmp_path, monkeypatch)
    assert (finding.fix is not None) is is_fixed, finding.help
