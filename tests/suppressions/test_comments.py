"""Comments that suppress findings, and text that only looks like one."""

from __future__ import annotations

import pytest

from llmlint.suppressions.comments import Suppression, find_suppressions


def one(text: str) -> Suppression:
    (found,) = find_suppressions(text)
    assert text[found.start] == "#"
    assert text[: found.start].count("\n") + 1 == found.line
    return found


@pytest.mark.parametrize(
    ("comment", "codes", "directive"),
    [
        ("# llmlint: ignore[LLM101]", ("LLM101",), None),
        ("#llmlint:ignore[LLM101]", ("LLM101",), None),
        ("# llmlint: ignore[LLM101, LLM201] the prompt is short", ("LLM101", "LLM201"), None),
        ("# llmlint: ignore[uncached-system-prompt,LLM201]", ("uncached-system-prompt", "LLM201"), None),
        ("# LLMLINT: Ignore [ llm101 , ]  ", ("LLM101",), "# LLMLINT: Ignore [ llm101 , ]"),
        ("# type: ignore # llmlint: ignore[LLM101] see #12", ("LLM101",), "# llmlint: ignore[LLM101] see #12"),
        ("# llmlint: ignore[LLM101] # pragma: no cover", ("LLM101",), None),
    ],
)
def test_own_directives(comment: str, codes: tuple[str, ...], directive: str | None) -> None:
    text = f"x = 1\ny = f(  {comment}\n)\n"
    found = one(text)
    assert (found.codes, found.kind, found.whole_file, found.problem, found.line) == (codes, "llmlint", False, None, 2)
    assert text[found.start : found.end] == (directive or comment)


@pytest.mark.parametrize(
    ("comment", "codes"), [("# llmlint: ignore-file", ()), ("# llmlint: ignore-file[LLM201, LLM1] why", ("LLM201", "LLM1"))]
)
def test_whole_files(comment: str, codes: tuple[str, ...]) -> None:
    found = one(f'"""Doc."""\n{comment}\n')
    assert (found.codes, found.whole_file, found.problem) == (codes, True, None)


@pytest.mark.parametrize(
    ("comment", "codes", "directive"),
    [
        ("# noqa", (), "# noqa"),
        ("#NoQA", (), "#NoQA"),
        ("# noqa and why", (), "# noqa"),
        ("# noqa: LLM101", ("LLM101",), "# noqa: LLM101"),
        ("# noqa:llm101", ("LLM101",), "# noqa:llm101"),
        ("# noqa : E501, LLM101,LLM201 because", ("LLM101", "LLM201"), "# noqa : E501, LLM101,LLM201"),
        ("# noqa: E501 LLM101", ("LLM101",), "# noqa: E501 LLM101"),
        ("# fmt: skip  # noqa: LLM101  # more", ("LLM101",), "# noqa: LLM101"),
    ],
)
def test_noqa(comment: str, codes: tuple[str, ...], directive: str) -> None:
    text = f"x = 1  {comment}\n"
    found = one(text)
    assert (found.codes, found.kind, found.whole_file, found.problem) == (codes, "noqa", False, None)
    assert text[found.start : found.end] == directive


@pytest.mark.parametrize(
    "text",
    [
        "x = 1  # noqa: E501\n",
        "x = 1  # noqa: because I say so\n",
        "x = 1  # flake8: noqa\n# ruff: noqa: LLM101\n",
        "x = 1  # noqaLLM101, noqa-file\n",
        "x = '# noqa'\ny = '''\n# llmlint: ignore[LLM101]\n'''\n",
        "def f():\n    '''# llmlint: ignore-file'''\n",
        "x = f'# noqa {y}'\n",
        "x = 1  # about llmlint: nothing\n",
        "llmlint: int = 3\nnoqa = 4\n",
        "",
    ],
)
def test_what_only_looks_like_a_directive(text: str) -> None:
    assert find_suppressions(text) == ()


@pytest.mark.parametrize(
    ("comment", "problem"),
    [
        ("# llmlint: ignore", "write the rules in brackets"),
        ("# llmlint: ignore LLM101", "write the rules in brackets"),
        ("# llmlint: ignore[]", "the brackets are empty"),
        ("# llmlint: ignore[ , ]", "the brackets are empty"),
        ("# llmlint: ignore[LLM101", "the bracket is not closed"),
        ("# llmlint: ignore-file[LLM101", "the bracket is not closed"),
        ("# llmlint: ignore[LLM101 LLM201]", "'LLM101 LLM201' is neither the code nor the name of a rule"),
        ("# llmlint: ignore[*]", "'*' is neither the code nor the name of a rule"),
        ("# llmlint: ignored[LLM101]", "only `ignore[...]` and `ignore-file` are known"),
        ("# llmlint: ignore-files", "only `ignore[...]` and `ignore-file` are known"),
        ("# llmlint: disable=LLM101", "only `ignore[...]` and `ignore-file` are known"),
        ("# llmlint:", "only `ignore[...]` and `ignore-file` are known"),
    ],
)
def test_a_malformed_directive_says_what_is_wrong_and_suppresses_nothing(comment: str, problem: str) -> None:
    text = f"x = 1  {comment}\n"
    found = one(text)
    assert found.problem is not None
    assert problem in found.problem
    assert text[found.start : found.end] == comment
    assert not found.covers("LLM101", "uncached-system-prompt")


def test_what_a_directive_covers() -> None:
    rule = ("LLM101", "uncached-system-prompt")
    assert one("# llmlint: ignore[LLM101]").covers(*rule)
    assert one("# llmlint: ignore[uncached-system-prompt]").covers(*rule)
    assert one("# noqa").covers(*rule)
    assert one("# llmlint: ignore-file").covers(*rule)
    assert not one("# llmlint: ignore[LLM102, LLM1, uncached]").covers(*rule)


def test_several_directives_keep_their_order() -> None:
    text = "# llmlint: ignore-file[LLM201]\nx = (  # noqa: LLM101 # llmlint: ignore[LLM301] why\n    1)  # noqa\n"
    found = find_suppressions(text)
    assert [(each.line, each.kind, each.codes) for each in found] == [
        (1, "llmlint", ("LLM201",)),
        (2, "noqa", ("LLM101",)),
        (2, "llmlint", ("LLM301",)),
        (3, "noqa", ()),
    ]
    assert [text[each.start : each.end] for each in found][2] == "# llmlint: ignore[LLM301] why"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_and_offsets_hold_for_every_line_end_and_character(end: str) -> None:
    lines = ["# é \U0001f600", "\x0cs = 'ü\u2028'  # noqa: LLM101", "if x:", "    y = 1  # llmlint: ignore[LLM201]"]
    text = end.join(lines)
    found = find_suppressions(text)
    assert [(each.line, text[each.start : each.end]) for each in found] == [
        (2, "# noqa: LLM101"),
        (4, "# llmlint: ignore[LLM201]"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "def f(:\n  x  # noqa\n",
        "x = (\n# noqa",
        "x = '''\n# noqa",
        "if x:\n    a\n  b  # noqa\n",
        "\0 # noqa\n",
        "$?!  # noqa\n",
        "x = 'abc\n# noqa\n",
        "\t x\n  # noqa\n",
        "f'{'  # noqa\n",
        "x = 1 \\\n# noqa",
        "\udc80  # noqa\n",
        "# noqa\n" + "(" * 500,
    ],
)
def test_broken_code_is_no_error(text: str) -> None:
    for found in find_suppressions(text):
        assert text[found.start : found.end] == "# noqa"
