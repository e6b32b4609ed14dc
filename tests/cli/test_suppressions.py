"""Comments that suppress findings, and those that suppress nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

PREMIUM = """\
import anthropic
client = anthropic.Anthropic()
reply = client.messages.create({0}
    model='claude-opus-5-5',{1}
    max_tokens=9,{2}
    messages=[]){3}
{4}
"""


def premium(comment: str, place: int) -> str:
    return PREMIUM.format(*(f"  {comment}" if place == each else "" for each in range(5)))


@pytest.mark.parametrize(
    "comment", ["# llmlint: ignore[LLM201] measured", "# noqa: LLM201", "# llmlint: ignore[hardcoded-premium-model]"]
)
@pytest.mark.parametrize("place", range(4))
def test_a_comment_on_any_line_of_the_call_suppresses(llmlint, folder: Path, comment: str, place: int) -> None:
    (folder / "app.py").write_text(premium(comment, place))
    outcome = llmlint()
    assert (outcome.code, outcome.out) == (0, "All checks passed! (1 call in 1 file)\n")


def test_a_comment_below_the_call_does_not(llmlint, folder: Path) -> None:
    (folder / "app.py").write_text(premium("# llmlint: ignore[LLM201]", 4))
    outcome = llmlint("--output-format", "concise")
    assert outcome.code == 1
    assert [line.split()[1] for line in outcome.out.splitlines()[:2]] == ["LLM201", "LLM001"]


def test_a_comment_on_the_line_of_the_finding_suppresses(llmlint, folder: Path) -> None:
    text = premium("", 0).replace("'claude-opus-5-5'", "BEST")
    (folder / "app.py").write_text("BEST = 'claude-opus-5-5'  # llmlint: ignore[LLM201]\n" + text)
    assert llmlint().code == 0


def test_a_comment_in_another_file_suppresses_the_finding_that_lies_there(llmlint, folder: Path) -> None:
    (folder / "models.py").write_text("BEST = 'claude-opus-5-5'  # llmlint: ignore[LLM201]\n")
    (folder / "app.py").write_text("from models import BEST\n" + premium("", 0).replace("'claude-opus-5-5'", "BEST"))
    assert llmlint().code == 0
    assert llmlint("app.py").code == 0


def test_a_comment_for_the_whole_file(llmlint, folder: Path) -> None:
    (folder / "app.py").write_text("# llmlint: ignore-file[LLM201]\n" + premium("", 0) * 2)
    assert llmlint().code == 0


def test_text_in_a_string_is_no_comment(llmlint, folder: Path) -> None:
    (folder / "app.py").write_text(premium("", 0).replace("messages=[]", "messages=['# llmlint: ignore[LLM201]']"))
    assert "LLM201" in llmlint().out


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("# llmlint: ignore[LLM101]", "LLM101 finds nothing here to suppress"),
        ("# noqa: LLM101", "LLM101 finds nothing here to suppress"),
        ("# llmlint: ignore[LLM201, LLM101, LLM302]", "LLM101 and LLM302 find nothing here to suppress"),
        ("# llmlint: ignore[LLM201, LLM999]", "there is no rule LLM999"),
        ("# llmlint: ignore-file[LLM101]", "LLM101 finds nothing in this file to suppress"),
        ("# llmlint: ignore", "write the rules in brackets"),
    ],
)
def test_a_comment_that_suppresses_nothing_is_reported(llmlint, folder: Path, comment: str, message: str) -> None:
    (folder / "app.py").write_text(premium(comment, 1))
    outcome = llmlint("--output-format", "concise")
    assert outcome.code == 1
    [line] = [line for line in outcome.out.splitlines() if "LLM001" in line]
    assert line.startswith("app.py:4:31: LLM001 ")
    assert message in line


@pytest.mark.parametrize(
    "comment", ["# noqa", "# noqa: E501", "# llmlint: ignore[LLM302]", "# llmlint: ignore[LLM201] # noqa: F401"]
)
def test_comments_for_other_tools_and_rules_that_are_off_are_left_alone(llmlint, folder: Path, comment: str) -> None:
    (folder / "app.py").write_text(
        premium(comment, 1).replace("opus-5-5", "haiku-5-5" if "LLM201" not in comment else "opus-5-5")
    )
    assert "LLM001" not in llmlint("--extend-ignore", "LLM302").out


def test_a_finding_of_low_confidence_needs_its_comment_too(llmlint, folder: Path) -> None:
    handbook = "Answer from this handbook, and from nothing else. " * 400
    (folder / "app.py").write_text(
        "import openai\n"
        "client = openai.OpenAI()\n"
        f"HANDBOOK = '{handbook}'\n"
        "def answer(question):\n"
        "    return client.chat.completions.create(model='gpt-6-luna', messages=[  # llmlint: ignore[LLM108]\n"
        "        {'role': 'system', 'content': HANDBOOK}, {'role': 'user', 'content': question}])\n"
    )
    assert llmlint("--min-confidence", "high").code == 0
    assert llmlint("--min-confidence", "low").code == 0


def test_the_report_of_unused_comments_can_be_turned_off(llmlint, folder: Path) -> None:
    (folder / "app.py").write_text(premium("# llmlint: ignore[LLM101]", 1))
    assert "LLM001" not in llmlint("--ignore", "LLM001").out
    (folder / "llmlint.toml").write_text('per-file-ignores = { "app.py" = ["unused-suppression"] }\n')
    assert "LLM001" not in llmlint().out
