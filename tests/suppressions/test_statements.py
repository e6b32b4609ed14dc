"""Comments hold where people put them, and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from llmlint.config.settings import SettingsResolver
from llmlint.rules.registry import known_rules
from llmlint.run.engine import Run
from llmlint.run.fixing import fix
from llmlint.suppressions.comments import find_suppressions, without_codes

HEAD = "import anthropic\n\nclient = anthropic.Anthropic()\n\n\n"
CALL = 'client.messages.create(\n    model="claude-opus-5-5",\n    max_tokens=9,\n    messages=[{"role": "user", "content": text}],\n)'
NOQA = "# llmlint: ignore[LLM201]"

HOLDS = {
    "behind the parenthesis around a chain": f"def ask(text):\n    return (\n{{call}}.content[0]\n.text\n    )  {NOQA}\n",
    "behind the parenthesis of an outer call": "def ask(text):\n    print(\n{call}\n    )  # noqa: LLM201\n",
    "on the first line of the statement": f"def ask(text):\n    reply = (  {NOQA}\n{{call}}\n    )\n",
    "alone above a call": f"def ask(text):\n    {NOQA} measured\n    return {{call}}\n",
    "alone above, with another comment between": f"def ask(text):\n    {NOQA}\n    # really\n    return {{call}}\n",
    "above a decorated function": f"{NOQA}\n@retry\n@cache(\n    size=3,\n)\ndef ask(text):\n    return {{call}}\n",
    "above a function": f"{NOQA}\nasync def ask(text):\n    return {{call}}\n",
    "as noqa above a call": "def ask(text):\n    # noqa: LLM201\n    return {call}\n",
}
HOLDS_NOT = {
    "below": f"def ask(text):\n    x = {{call}}\n    {NOQA}\n    return x\n",
    "behind an empty line": f"def ask(text):\n    {NOQA}\n\n    return {{call}}\n",
    "above another statement": f"def ask(text):\n    {NOQA}\n    y = 1\n    return {{call}}\n",
    "above another function": f"{NOQA}\ndef other():\n    pass\n\n\ndef ask(text):\n    return {{call}}\n",
    "at an if around it": f"def ask(text):\n    if text:  {NOQA}\n        return {{call}}\n",
    "in the middle of the statement": f"def ask(text):\n    return [\n        1,  {NOQA}\n{{call}},\n    ]\n",
    "a bare noqa alone": "def ask(text):\n    # noqa\n    return {call}\n",
}


def codes(text: str, *selected: str) -> list[str]:
    settings = SettingsResolver(".", {"select": [*selected, "LLM001"]}, True, known=known_rules())
    return [each.code for each in Run.of_bytes("app.py", text.encode(), settings, known_rules()).lint().findings]


@pytest.mark.parametrize("name", HOLDS)
def test_a_comment_holds(name: str) -> None:
    assert codes(HEAD + HOLDS[name].format(call=CALL), "LLM201") == []


@pytest.mark.parametrize("name", HOLDS_NOT)
def test_a_comment_does_not_hold(name: str) -> None:
    found = codes(HEAD + HOLDS_NOT[name].format(call=CALL), "LLM201")
    assert sorted(found) == (["LLM201"] if "bare" in name else ["LLM001", "LLM201"])


LOOPS = """\
def main(groups):
    for group in groups:{0}
        for text in group:{1}
            print(client.messages.create(model="claude-haiku-5-5", max_tokens=9, messages=[{{"role": "user", "content": text}}])){2}
"""


@pytest.mark.parametrize("place", range(3))
def test_a_comment_holds_at_any_loop_around(place: int) -> None:
    comments = [f"  {NOQA.replace('201', '301')}" if each == place else "" for each in range(3)]
    assert codes(HEAD + LOOPS.format("", "", ""), "LLM301") == ["LLM301"]
    assert codes(HEAD + LOOPS.format(*comments), "LLM301") == []


@pytest.mark.parametrize(
    ("before", "codes", "after"),
    [
        ("x = 1  # llmlint: ignore[LLM101] why\ny", {"LLM101"}, "x = 1\ny"),
        ("x = 1  # llmlint: ignore[LLM101, LLM201] why", {"LLM101"}, "x = 1  # llmlint: ignore[LLM201] why"),
        ("x = 1  # noqa: E501,LLM201", {"LLM201"}, "x = 1  # noqa: E501"),
        ("x = 1  # noqa: E501 LLM201", {"LLM201"}, "x = 1  # noqa: E501"),
        ("x = 1  # noqa: LLM201\r\ny", {"LLM201"}, "x = 1\r\ny"),
        ("x\n    # llmlint: ignore[LLM101]\ny", {"LLM101"}, "x\ny"),
        ("x = 1  # llmlint: ignore[LLM101] # noqa: F401", {"LLM101"}, "x = 1  # noqa: F401"),
        ("# llmlint: ignore-file[LLM101]\n", {"LLM101"}, ""),
    ],
)
def test_codes_are_taken_out_of_a_comment(before: str, codes: set[str], after: str) -> None:
    start, end, text = without_codes(before, find_suppressions(before)[0], frozenset(codes))
    assert before[:start] + text + before[end:] == after


def test_unused_comments_are_fixed_and_misspelt_ones_are_not() -> None:
    body = f"def ask(text):\n    x = 1  # llmlint: ignore[LLM101] old\n    y = 2  # noqa: LLM999\n    return {CALL}  {NOQA}\n"
    settings = SettingsResolver(".", {}, True, known=known_rules())
    run = Run.of_bytes("app.py", (HEAD + body).encode(), settings, known_rules())
    fixed = fix(run, run.lint())
    assert fixed.refused == ()
    assert fixed.run.text("app.py") == HEAD + body.replace("  # llmlint: ignore[LLM101] old", "")
    assert [each.code for each in fixed.lint.findings] == ["LLM001"]


def test_a_misspelt_code_is_told_in_a_file_without_a_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("models.py").write_text('BEST = "x"  # llmlint: ignore[LLM2O1]\nSMALL = "y"  # llmlint: ignore[LLM201]\n')
    settings = SettingsResolver(".", {}, True, known=known_rules())
    [found] = Run.of_paths(["."], settings, known_rules()).lint().findings
    assert re.search("neither the code nor the name|no rule", found.message)
    assert found.fix is None
