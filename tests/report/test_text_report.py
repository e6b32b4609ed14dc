"""The text report, as a person sees it."""

from __future__ import annotations

import re
import time
import unicodedata
from typing import TYPE_CHECKING

import pytest

from llmlint.findings import Applicability, Edit, Fix, Related, Saving
from llmlint.report.text import dollars, render
from llmlint.source import Cell, Source, Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Program

APP = """\
import anthropic

PROMPT = open("prompt.txt").read()
client = anthropic.Anthropic()


def answer(question):
    return client.messages.create(
        model="claude-sonnet-5",
        system=PROMPT,
        messages=[{"role": "user", "content": question}],
    )
"""


def mark(program: Program, applicability: Applicability) -> Fix:
    at = program.span("app.py", "system=PROMPT")
    return Fix(applicability, "Mark the system prompt as cacheable", (Edit(at, "system=[...]"),))


def widths(line: str) -> list[int]:
    """The terminal column at which each character of a printed line starts, by the Unicode tables alone."""
    columns, column = [], 0
    for character in line:
        columns.append(column)
        wide = unicodedata.east_asian_width(character) in "WF"
        column += 0 if unicodedata.combining(character) else 2 if wide else 1
    return columns


def test_a_finding_shows_source_help_saving_and_related_places(program: Program) -> None:
    program.add(Source("app.py", APP))
    call = program.span("app.py", APP[APP.index("client.messages") : APP.rindex(")") + 1])
    finding = program.finding(
        program.span("app.py", "PROMPT,"),
        call,
        help="Cached tokens cost a tenth of the price to read.",
        saving=Saving(
            12.4,
            1.86,
            (
                "2,100 tokens at 2.5 characters each, an estimate that is off by up to a quarter in either direction for prose",
                "prices of 2026-11-22",
            ),
        ),
        fix=mark(program, Applicability.SAFE),
        related=(Related(program.span("app.py", 'open("prompt.txt")'), "the prompt is read here"),),
    )
    lines = (
        "app.py:10:16: LLM101 [*] about 2,100 tokens of system prompt are sent in full on every call; $12.40 → $1.86 per 1,000 calls\n",
        "  --> app.py:10:9\n",
        "10 |         system=PROMPT,\n",
        "   |         ^^^^^^^^^^^^^\n",
        "help: Mark the system prompt as cacheable\n",
        "help: Cached tokens cost a tenth of the price to read.\n",
        "note: app.py:3:10 the prompt is read here\n",
        '    3 | PROMPT = open("prompt.txt").read()\n',
        "note: app.py:8:12 this is the call\n",
        "    2,100 tokens at 2.5 characters each, an estimate that is off by up to a quarter in either direction for prose\n",
        "    prices of 2026-11-22\n",
    )
    only_verbose = {5, 7, 9, 10}
    report = program.report(finding, fixable_safe=1)
    shown = "".join(line for number, line in enumerate(lines) if number not in only_verbose).replace("  -->", " -->")
    end = "\n1 found (1 fixable with --fix)\n"
    assert render(report, color=False) == shown + end
    assert render(report._replace(verbose=True), color=False) == "".join(lines).replace("  -->", " -->") + end


def test_on_a_terminal_lines_are_no_wider_than_it(program: Program) -> None:
    program.add(Source("app.py", APP))
    help = "Cached tokens cost a tenth of the price to read, from the second request within five minutes on."
    at, call = program.span("app.py", "PROMPT,"), program.span("app.py", "client.messages.create")
    saving = Saving(
        12.4, 1.86, ("an estimate that is off by up to a quarter in either direction for prose, and by more for code",)
    )
    report = program.report(program.finding(at, call, help=help, saving=saving), verbose=True)
    for width in (60, 80, 140):
        plain = render(report._replace(width=width), color=False)
        assert max(map(len, plain.splitlines())) <= width
        assert " ".join(plain.split()) == " ".join(render(report, color=False).split())
        linked = render(report._replace(width=width, links=True), color=True)
        assert re.sub(r"\x1b(?:\[[\d;]*m|\]8;;.*?\x1b\\)", "", linked) == plain
        assert "#uncached-system-prompt-llm101\x1b\\" in linked


def test_the_same_prompt_is_printed_once(program: Program) -> None:
    program.add(Source("app.py", APP))
    at = program.span("app.py", 'open("prompt.txt")')
    output = render(program.report(program.finding(at), program.finding(at, code="LLM102", message="another")), color=False)
    assert output.count('PROMPT = open("prompt.txt").read()') == 1


def test_what_costs_most_is_named_at_the_end(program: Program) -> None:
    program.add(Source("app.py", APP))
    at = [program.span("app.py", text) for text in ("PROMPT,", "question}", '"claude-sonnet-5"')]
    findings = [program.finding(at[0], at[0], saving=Saving(2, 1.5, ())), program.finding(at[1], at[1], saving=Saving(9, 1, ()))]
    report = program.report(*findings, program.finding(at[2]))
    assert (
        "Most expensive (per 1,000 calls of each):\n  $8.00  LLM101  app.py:11:47\n  $0.50  LLM101  app.py:10:16\n"
        "  $8.50  in all; 1 finding without a known price\n\n"
    ) in render(report, color=False)
    monthly = render(report._replace(calls_per_day=lambda path: 1_000.0), color=False)
    assert "$9.00 → $1.00 per 1,000 calls, $240.00 a month" in monthly
    assert "  $255.00  in all" in monthly


def test_only_what_this_run_could_fix_is_starred(program: Program) -> None:
    program.add(Source("app.py", APP))
    at = program.span("app.py", "PROMPT,")
    unsafe = program.finding(at, fix=mark(program, Applicability.UNSAFE))
    by_hand = program.finding(at, fix=mark(program, Applicability.DISPLAY_ONLY))

    first, second = render(program.report(unsafe, by_hand, quiet=True), color=False).split("\n\n")[:2]
    assert "[*]" not in first
    assert "help: Mark the system prompt as cacheable (unsafe fix: --fix --unsafe-fixes)" in first
    assert "[*]" not in second
    assert "help: Mark the system prompt as cacheable (to be done by hand)" in second

    first, second = render(program.report(unsafe, by_hand, quiet=True, unsafe_fixes=True), color=False).split("\n\n")[:2]
    assert first.startswith("app.py:10:16: LLM101 [*] ")
    assert "[*]" not in second


def test_what_calls_share_is_shown_once_with_all_its_calls(program: Program) -> None:
    text = 'MODEL = "dear"\n\nfirst(MODEL)\nsecond(MODEL)\n'
    program.add(Source("app.py", text))
    at = program.span("app.py", '"dear"')
    findings = [
        program.finding(at, program.span("app.py", call), message="too dear") for call in ("first(MODEL)", "second(MODEL)")
    ]

    assert render(program.report(*findings), color=False) == (
        "app.py:1:9: LLM101 too dear\n"
        '1 | MODEL = "dear"\n'
        "  |         ^^^^^^\n"
        "note: app.py:3:1 this is the call (1 more call with --verbose)\n"
        "\n"
        "2 found at 1 place\n"
    )


def test_a_call_inside_the_excerpt_or_among_the_related_places_is_not_named_again(program: Program) -> None:
    program.add(Source("app.py", APP))
    at = program.span("app.py", "PROMPT,")
    call = program.span("app.py", "client.messages.create")
    assert "note:" not in render(program.report(program.finding(at)), color=False)
    named = program.finding(at, call, related=(Related(call, "the call, through a wrapper"),))
    assert re.findall("note: .*", render(program.report(named), color=False)) == ["note: app.py:8:12 the call, through a wrapper"]


def test_of_a_span_of_several_lines_the_first_is_shown(excerpt_of: Callable[[str, str], str]) -> None:
    marked = '"""a\nb\nc"""'
    assert excerpt_of(f"x = 1\ny = f({marked})\n", marked) == '2 | y = f("""a\n  |       ^^^^ and 2 more lines'
    assert excerpt_of("x = 1\nbcd = 2\n", "bcd = 2\n") == "2 | bcd = 2\n  | ^^^^^^^"


def test_an_empty_span_has_one_caret(program: Program) -> None:
    program.add(Source("a.py", ""))
    finding = program.finding(Span("a.py", 0, 0))
    assert render(program.report(finding, quiet=True), color=False).endswith("\n1 |\n  | ^\n\n")


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("\tx = f(<MARK>)", id="a tab before"),
        pytest.param('\t"a\tb"\t+ <MARK>', id="tabs between"),
        pytest.param('x = "日本語", <MARK>', id="wide characters before"),
        pytest.param('x = "e\u0301a\u0300", <MARK>', id="combining marks before"),
        pytest.param('x = "🎉", <MARK>', id="an emoji before"),
        pytest.param("日本 = f(<MARK>, '語')", id="a wide name"),
    ],
)
@pytest.mark.parametrize("marked", ["PROMPT", '"日本"', '"a\u0301"', '"\t"'])
def test_the_underline_stands_below_the_span(excerpt_of: Callable[[str, str], str], line: str, marked: str) -> None:
    source, underline = excerpt_of(line.replace("<MARK>", marked), marked).splitlines()
    printed = marked.replace("\t", "    ")
    start = source.index(printed)
    columns = [*widths(source), len(source) * 2]
    end = widths(source + "|")[start + len(printed)]
    assert underline.index("^") == columns[start]
    assert len(underline) == end
    assert underline.count("^") == end - columns[start]


@pytest.mark.parametrize("before", [0, 50, 119, 500, 100_000])
@pytest.mark.parametrize("after", [0, 50, 119, 500, 100_000])
@pytest.mark.parametrize("filler", ["x", "日", "e\u0301"])
def test_a_long_line_is_cut_around_its_span(excerpt_of: Callable[[str, str], str], before: int, after: int, filler: str) -> None:
    source, underline = excerpt_of(filler * before + "PROMPT" + filler * after, "PROMPT").splitlines()
    shown = source.removeprefix("1 | ")
    assert sum(2 if unicodedata.east_asian_width(c) == "W" else not unicodedata.combining(c) for c in shown) <= 120
    assert "PROMPT" in shown
    assert underline.index("^") == widths(source)[source.index("PROMPT")]
    assert underline.count("^") == len("PROMPT")
    if before >= 119:
        assert shown.startswith("…" + filler)
    if after >= 119:
        assert shown.endswith("…")
    if before == after == 0:
        assert shown == "PROMPT"


def test_a_span_wider_than_the_excerpt_is_underlined_as_far_as_it_is_shown(excerpt_of: Callable[[str, str], str]) -> None:
    marked = '"' + "p" * 4000 + '"'
    source, underline = excerpt_of(f"a_name_before = f({marked}, 1)", marked).splitlines()
    assert source == '1 | …"' + "p" * 117 + "…"
    assert underline == "  |  " + "^" * 118


def test_megabytes_in_one_line_take_no_time(excerpt_of: Callable[[str, str], str]) -> None:
    marked = '"' + "p" * 10_000_000 + '"'
    started = time.process_time()
    excerpt_of("x = " + "1 + " * 1_000_000 + marked, marked)
    assert time.process_time() - started < 2


def test_source_cannot_control_the_terminal(program: Program) -> None:
    program.add(Source("bad\x1b[2J.py", 'x = f("\x1b[31m\x07\u202e\ud800\x85")\n'))
    finding = program.finding(program.span("bad\x1b[2J.py", "f("), message="prompt \x1b]0;x\x07 with\na line break")
    output = render(program.report(finding), color=False)
    assert output.startswith("bad␛[2J.py:1:5: LLM101 prompt ␛]0;x␇ with a line break\n")
    assert '1 | x = f("␛[31m␇\ufffd\ufffd\ufffd")' in output
    assert set(re.findall(r"[^\n -~]", output)) == {"␛", "␇", "\ufffd"}
    output.encode()


def test_colours_only_where_asked_for_and_nothing_else_changes(program: Program) -> None:
    program.add(Source("app.py", APP))
    at = program.span("app.py", "PROMPT,")
    report = program.report(program.finding(at, help="help\nin two lines", fix=mark(program, Applicability.SAFE)), verbose=True)
    plain, coloured = render(report, color=False), render(report, color=True)
    assert "\x1b" not in plain
    assert "\x1b[1;31mLLM101\x1b[0m" in coloured
    assert "\x1b[1;31m^^^^^^^\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
    assert "help: help\n      in two lines\n" in plain


def test_in_a_notebook_the_cell_is_named_counting_from_one(program: Program) -> None:
    program.add(Source("n.ipynb", "import os\nx = 1\ny = PROMPT\n", cells=(Cell(0, 0, 10), Cell(2, 10, 29))))
    at, call = program.span("n.ipynb", "PROMPT"), program.span("n.ipynb", "import os")
    output = render(program.report(program.finding(at, call), quiet=True), color=False)
    assert output == (
        "n.ipynb:cell 3:2:5: LLM101 about 2,100 tokens of system prompt are sent in full on every call\n"
        "2 | y = PROMPT\n"
        "  |     ^^^^^^\n"
        "note: n.ipynb:cell 1:1:1 this is the call\n"
        "\n"
    )


@pytest.mark.parametrize(
    ("amount", "printed"),
    [
        (0, "$0.00"),
        (1234567.891, "$1,234,567.89"),
        (12.4, "$12.40"),
        (0.5, "$0.50"),
        (0.1, "$0.10"),
        (0.053, "$0.053"),
        (0.0053, "$0.0053"),
        (0.00000012, "$0.00"),
        (0.0000019, "$0.000002"),
    ],
)
def test_amounts_have_the_digits_that_count(amount: float, printed: str) -> None:
    assert dollars(amount) == printed
