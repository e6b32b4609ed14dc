"""Choosing and applying edits: nothing overlaps, nothing is half applied, and nothing is broken or lost."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmlint.findings import Applicability, Confidence, Edit, Finding, Fix
from llmlint.fixes.apply import apply_edits, check_fixed, choose_fixes, fix_texts
from llmlint.source import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

SAFE, UNSAFE, DISPLAY_ONLY = Applicability.SAFE, Applicability.UNSAFE, Applicability.DISPLAY_ONLY


def edit(start: int, end: int, text: str, path: str = "a.py") -> Edit:
    return Edit(Span(path, start, end), text)


def finding(*edits: Edit, at: int | None = None, path: str = "a.py", applicability: Applicability = SAFE) -> Finding:
    start = at if at is not None else edits[0].span.start
    span = Span(path, start, start + 1)
    fix = Fix(applicability, "mend it", edits)
    return Finding("LLM101", "uncached-system-prompt", "message", span, span, Confidence.HIGH, fix=fix)


@st.composite
def edited_texts(draw: st.DrawFn) -> tuple[str, list[Edit], str]:
    """A text, edits of it that do not overlap, and the text that they must give: built piece by piece."""
    old, new, edits, offset = "", "", [], 0
    pieces = st.tuples(st.text(max_size=5), st.booleans(), st.text(max_size=5))
    for piece, is_edited, replacement in draw(st.lists(pieces, max_size=12)):
        old += piece
        if is_edited:
            edits.append(edit(offset, offset + len(piece), replacement))
        new += replacement if is_edited else piece
        offset += len(piece)
    return old, edits, new


@given(edited_texts())
def test_edits_give_the_text_with_every_piece_replaced(case: tuple[str, list[Edit], str]) -> None:
    old, edits, new = case
    assert apply_edits(old, edits) == new


@given(edited_texts(), st.permutations(range(12)))
def test_the_order_of_edits_matters_for_insertions_at_one_place_only(
    case: tuple[str, list[Edit], str], order: Sequence[int]
) -> None:
    old, edits, new = case
    spans = [(one.span.start, one.span.end) for one in edits]
    shuffled = [edits[index] for index in order if index < len(edits)]
    if len(set(spans)) == len(spans):
        assert apply_edits(old, shuffled) == new


@given(st.text(max_size=20), st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.text(max_size=3)), max_size=6))
def test_edits_are_applied_exactly_or_refused(text: str, raw: list[tuple[int, int, str]]) -> None:
    edits = [edit(start, end, new) for start, end, new in raw]
    valid = all(start <= end <= len(text) for start, end, _ in raw)
    replaced: list[int] = [offset for start, end, _ in raw for offset in range(start, end)]
    inside = any(start == end and other < start < stop for start, end, _ in raw for other, stop, _ in raw)
    if valid and len(set(replaced)) == len(replaced) and not inside:
        untouched = "".join(character for offset, character in enumerate(text) if offset not in replaced)
        result = apply_edits(text, edits)
        assert len(result) == len(untouched) + sum(len(new) for _, _, new in raw)
        assert apply_edits(text, [edit(start, end, "") for start, end, _ in raw]) == untouched
    else:
        with pytest.raises(ValueError, match="overlaps with another, or lies outside"):
            apply_edits(text, edits)


def test_insertions_at_one_place_keep_their_order_and_stand_before_a_replacement() -> None:
    edits = [edit(2, 3, "X"), edit(2, 2, "1"), edit(2, 2, "2"), edit(3, 3, "after")]
    assert apply_edits("abcd", edits) == "ab12Xafterd"


def test_only_fixes_of_the_allowed_levels_are_chosen() -> None:
    safe = finding(edit(0, 1, "x"))
    unsafe = finding(edit(2, 3, "y"), applicability=UNSAFE)
    shown = finding(edit(4, 5, "z"), applicability=DISPLAY_ONLY)
    bare = Finding("LLM301", "serial-calls-in-loop", "message", safe.at, safe.call, Confidence.HIGH)
    everything = [safe, unsafe, shown, bare]
    assert choose_fixes(everything, {SAFE}).chosen == (safe,)
    assert choose_fixes(everything, {SAFE}).skipped == ()
    assert choose_fixes(everything, {SAFE, UNSAFE}).chosen == (safe, unsafe)
    assert choose_fixes([], {SAFE}).chosen == ()


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        pytest.param((0, 4), (3, 6), False, id="overlapping"),
        pytest.param((0, 6), (2, 4), False, id="one within the other"),
        pytest.param((0, 6), (2, 2), False, id="an insertion within"),
        pytest.param((2, 6), (2, 2), False, id="an insertion at the start of a replacement"),
        pytest.param((2, 6), (6, 6), False, id="an insertion at the end of a replacement"),
        pytest.param((2, 2), (2, 2), False, id="different insertions at one place"),
        pytest.param((2, 4), (2, 4), False, id="different texts for one span"),
        pytest.param((0, 3), (3, 6), True, id="neighbours"),
        pytest.param((0, 0), (1, 1), True, id="insertions apart"),
    ],
)
def test_of_two_fixes_in_each_others_way_the_smaller_or_else_the_first_is_chosen(
    one: tuple[int, int], other: tuple[int, int], together: bool
) -> None:
    first, second = finding(edit(*one, "A"), at=0), finding(edit(*other, "B"), at=1)
    wins, waits = (second, first) if other[1] - other[0] < one[1] - one[0] else (first, second)
    for findings in ([first, second], [second, first]):
        choice = choose_fixes(findings, {SAFE})
        assert choice.chosen == ((first, second) if together else (wins,))
        assert choice.skipped == (() if together else (waits,))


def test_a_fix_is_taken_whole_or_not_at_all_in_all_its_files() -> None:
    first = finding(edit(4, 5, "3", "b.py"), at=0)
    second = finding(edit(4, 5, "B", "a.py"), edit(4, 5, "B", "b.py"), at=4)
    third = finding(edit(4, 5, "5", "a.py"), at=5)
    choice = choose_fixes([third, second, first], {SAFE})
    assert choice.chosen == (first, third), "the second's edit of a.py must not keep the third out"
    assert choice.skipped == (second,)
    outcome = fix_texts([third, second, first], {SAFE}, {"a.py": "x = 1\n", "b.py": "y = 2\n"}.__getitem__)
    assert outcome.texts == {"a.py": "x = 5\n", "b.py": "y = 3\n"}
    assert outcome.fixed == (first, third)


def test_an_edit_that_two_fixes_share_is_applied_once_and_both_count() -> None:
    import_line = edit(0, 0, "import asyncio\n")
    first = finding(import_line, edit(4, 5, "3"), at=4)
    second = finding(import_line, edit(10, 11, "4"), at=10)
    outcome = fix_texts([second, first], {SAFE}, lambda path: "x = 1\ny = 2\n")
    assert outcome.fixed == (first, second)
    assert outcome.texts == {"a.py": "import asyncio\nx = 3\ny = 4\n"}
    assert outcome.edits == {"a.py": (import_line, edit(4, 5, "3"), edit(10, 11, "4"))}


def test_two_findings_with_the_same_fix_are_both_fixed() -> None:
    same = edit(4, 5, "2")
    first, second = finding(same, at=0), finding(same, at=4)
    outcome = fix_texts([second, first], {SAFE}, lambda path: "x = 1\n")
    assert outcome.texts == {"a.py": "x = 2\n"}
    assert outcome.fixed == (first, second)
    assert outcome.edits == {"a.py": (same,)}


def test_a_fix_that_overlaps_with_itself_is_never_applied() -> None:
    broken = finding(edit(0, 3, "A"), edit(2, 4, "B"))
    assert choose_fixes([broken], {SAFE}).skipped == (broken,)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 30),
            st.lists(
                st.tuples(st.sampled_from("ab"), st.integers(0, 28), st.integers(0, 2), st.sampled_from(["", "x", "yy"])),
                min_size=1,
                max_size=3,
            ),
        ),
        max_size=8,
    )
)
def test_chosen_fixes_can_always_be_applied_together(
    raw: list[tuple[int, list[tuple[str, int, int, str]]]],
) -> None:
    findings = [
        finding(*(edit(start, start + length, text, path) for path, start, length, text in edits), at=at, path="a")
        for at, edits in raw
    ]
    choice = choose_fixes(findings, {SAFE})
    assert len(choice.chosen) + len(choice.skipped) == len(findings)
    for path in "ab":
        edits = {one for chosen in choice.chosen if chosen.fix for one in chosen.fix.edits if one.span.path == path}
        apply_edits("." * 30, sorted(edits, key=lambda one: (one.span.start, one.span.end, one.text)))
    # Nothing more would fit: every skipped fix collides with what was chosen, or with itself.
    if not choice.chosen:
        assert all(len(one.fix.edits) > 1 for one in choice.skipped if one.fix)


def test_only_the_fix_that_breaks_the_file_is_refused() -> None:
    text = "x = 1\ny = 2\nz = 3\n"
    good, bad, late = finding(edit(4, 5, "11")), finding(edit(10, 11, "(")), finding(edit(16, 17, "33"))
    outcome = fix_texts([good, bad, late], {SAFE}, lambda path: text)
    assert outcome.texts == {"a.py": "x = 11\ny = 2\nz = 33\n"}
    assert outcome.fixed == (good, late)
    [(refused, reason)] = outcome.refused
    assert refused is bad
    assert reason.startswith("the fixed code would not parse: ")
    assert reason.endswith(" (line 2)")


def test_a_fix_that_breaks_one_file_is_applied_in_none() -> None:
    texts = {"a.py": "x = 1\n", "b.py": "y = 2  # why\n"}
    across = finding(edit(4, 5, "3", "a.py"), edit(4, 12, "4", "b.py"))
    outcome = fix_texts([across], {SAFE}, texts.__getitem__)
    assert outcome.texts == {}
    assert outcome.edits == {}
    assert outcome.fixed == ()
    assert outcome.refused == ((across, "the fix would lose a comment: # why"),)


def test_of_fixes_that_overlap_the_later_is_left_for_a_further_run() -> None:
    first, second = finding(edit(4, 5, "2"), at=0), finding(edit(4, 5, "3"), at=1)
    outcome = fix_texts([first, second], {SAFE}, lambda path: "x = 1\n")
    assert outcome.texts == {"a.py": "x = 2\n"}
    assert outcome.skipped == (second,)
    assert outcome.refused == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("x = 1  # one\n", "x = [1]  # one\n", id="the comment stays"),
        pytest.param("x = 1  # one \n", "x = [\n    1,  # one\n]\n", id="the comment moves and loses its trailing space"),
        pytest.param("x = '# no'\n", "x = 'comment'\n", id="a hash in a string is no comment"),
        pytest.param("x = 1\n", "x = 1  # new\n", id="a comment more"),
        pytest.param("x = 1\r\n# a\r\n", "x = 2\r\n# a\r\n", id="CRLF"),
        pytest.param("x = 1\r# a\ry = 1\r", "x = 2\r# a\ry = 1\r", id="lone CR"),
        pytest.param("x = 1\n\x0c\n# a", "x = 2\n\x0c\n# a", id="form feed and no final newline"),
        pytest.param("x = '\\d'\n", "x = ['\\d']\n", id="an invalid escape is not ours to judge"),
        pytest.param("return 1\n", "return 2\n", id="what did not compile before need not either"),
        pytest.param("#!/bin/sh\rx = 1\r", "#!/bin/sh\rx = 2\r", id="the first line stays, however it ends"),
        pytest.param("await f()\n", "await g()\n", id="await at the top of a notebook"),
        pytest.param("", "", id="empty"),
    ],
)
def test_a_fixed_text_that_parses_and_keeps_its_comments_may_be_kept(old: str, new: str) -> None:
    assert check_fixed(old, new) is None


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("x = 1  # one\n", "x = 1\n", "the fix would lose a comment: # one"),
        ("# a\nx = 1  # a\n", "# a\nx = 1\n", "the fix would lose a comment: # a"),
        ("x = 1  # one\n", "x = '# one'\n", "the fix would lose a comment: # one"),
        ("x = 1\r# a\r", "x = 1\r", "the fix would lose a comment: # a"),
        ("x = 1\n", "x = 1\n  y = 2\n", "the fixed code would not parse: unexpected indent (line 2)"),
        ("x = 1\n", "x = 1\x00\n", "the fixed code would not parse: source code string cannot contain null bytes"),
        ("def f():\n    return 1\n", "return 1\n", "the fixed code would not compile: 'return' outside function (line 1)"),
        ("def f(a, b): 1\n", "def f(a, a): 1\n", "the fixed code would not compile: duplicate"),
        ("#!/bin/sh\nx = 1\n", "import time\n#!/bin/sh\nx = 1\n", "the fix would move the first line"),
        ("#!/bin/sh\rx = 1\r", "import time\r#!/bin/sh\rx = 1\r", "the fix would move the first line"),
    ],
)
def test_a_fixed_text_that_is_broken_or_lost_a_comment_is_refused(old: str, new: str, reason: str) -> None:
    assert (check_fixed(old, new) or "").startswith(reason)


def test_too_deep_nesting_is_refused_and_no_crash() -> None:
    assert (check_fixed("x = 1\n", "x = " + "(" * 5000 + ")" * 5000 + "\n") or "").startswith("the fixed code would not parse")


# The newest syntax that this libcst reads and the running Python may not, oldest Python first.
NEWER = [((3, 12), "type A = int"), ((3, 14), 't"{x}"')]


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python reads everything that libcst does")
def test_syntax_newer_than_the_running_python_is_checked_by_libcst() -> None:
    newer = next(code for version, code in NEWER if sys.version_info < version)
    with pytest.raises(SyntaxError):
        ast.parse(newer)
    old = f"{newer}  # why\nx = 1\n"
    assert check_fixed(old, f"{newer}  # why\nx = 2\n") is None
    assert check_fixed(old, f"{newer}\nx = 1\n") == "the fix would lose a comment: # why"
    assert (check_fixed(old, f"{newer}  # why\nx = (\n") or "").startswith("the fixed code would not parse: ")
