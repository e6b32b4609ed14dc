"""Every file of fixtures/ says beside its lines what llmlint must find there; the golden files say how that is shown and mended.

- `fixtures/rules/llm101/NAME.py` (or `.ipynb`, or a folder of files) holds what LLM101 must and must not find. A comment `# expect: LLM101`
  stands on the line where a finding starts; `# expect[low]: LLM101` if its confidence is low; `# expect+1: LLM101` on the line before,
  where the line itself cannot hold a comment. Several codes are separated by commas. The rule of the folder runs, and those expected.
- `NAME.out` beside it holds the whole report, and the diffs of its fixes. `pytest --update-golden` writes it anew.
- `fixtures/silent/REASON.py` holds what must not be reported by any rule, for the reason in its name.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from fixture_files import FIXTURES, RULE_FIXTURES, SILENT_FIXTURES, fixtures_below, name_of, run_over

from llmlint.discover.load import load
from llmlint.findings import Applicability, Confidence, Finding
from llmlint.report import formats
from llmlint.rules.registry import known_rules
from llmlint.run.engine import Lint, Run
from llmlint.run.fixing import Fixed, diff, fix
from llmlint.source import Source

_EXPECTATION = re.compile(
    r"#\s*expect(?P<offset>[+-]\d+)?(?:\[(?P<confidence>low|medium|high)\])?:\s*(?P<codes>LLM\d{3}(?:\s*,\s*LLM\d{3})*)"
)

Expected = tuple[str, int, str, str | None]
"""Path, 1-based line in the text of the file, code, and the confidence if one is asked for."""


def comments_of(text: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def expectations_in(source: Source) -> Iterator[Expected]:
    for line, comment in comments_of(source.text):
        for match in _EXPECTATION.finditer(comment):
            for code in re.split(r"\s*,\s*", match["codes"]):
                yield source.path, line + int(match["offset"] or 0), code, match["confidence"]


def expectations(run: Run) -> list[Expected]:
    """What the comments of all files expect, those without calls of their own too."""
    return [expected for path in run.paths for expected in expectations_in(load(Path(path).read_bytes(), path))]


def line_of(run: Run, finding: Finding) -> int:
    """The line in the text of the file; in a notebook, in the text of all cells."""
    source = run.program.source(finding.at.path)
    return source.text.count("\n", 0, finding.at.start) + 1


def report_text(run: Run, lint: Lint) -> str:
    return formats()["text"](run.report(lint.findings), color=False)


def golden_text(run: Run, lint: Lint) -> str:
    """The report, and what the fixes change: first the safe ones, then, where there are any, those with the unsafe ones."""
    text = report_text(run, lint)
    safe, unsafe = (_diff_of(fix(run, lint, unsafe=unsafe)) for unsafe in (False, True))
    if safe:
        text += f"\n==> --fix\n{safe}"
    if unsafe != safe:
        text += f"\n==> --fix --unsafe-fixes\n{unsafe}"
    return text


def _diff_of(fixed: Fixed) -> str:
    """What changes, with the names alone of files that are created."""
    created = "".join(f"creates {path}\n" for path in fixed.created)
    return diff(replace(fixed, created={})) + created


def rule_codes(path: Path) -> set[str]:
    return {path.parent.name.upper()}


def linted(path: Path) -> tuple[Run, Lint]:
    """The fixture as its rule sees it, with the other rules that it has expectations for."""
    first = run_over(path, rule_codes(path))
    run = run_over(path, rule_codes(path) | {code for _, _, code, _ in expectations(first)})
    return run, run.lint()


@pytest.mark.parametrize("in_folder", RULE_FIXTURES, ids=name_of, indirect=True)
def test_finds_what_the_comments_say_and_nothing_else(in_folder: Path) -> None:
    run, lint = linted(in_folder)
    assert not run.errors
    assert not lint.errors
    expected = expectations(run)
    found = Counter((finding.at.path, line_of(run, finding), finding.code) for finding in lint.findings)
    assert found == Counter(each[:3] for each in expected)
    confidence = {(finding.at.path, line_of(run, finding), finding.code): finding.confidence.label for finding in lint.findings}
    for path, line, code, wanted in expected:
        said = confidence[path, line, code]
        assert said == wanted if wanted else said != Confidence.LOW.label, f"{path}:{line} {code} has {said} confidence"


@pytest.mark.parametrize("in_folder", RULE_FIXTURES, ids=name_of, indirect=True)
def test_report_and_fixes_look_as_in_the_golden_file(in_folder: Path, update_golden: bool) -> None:
    golden = in_folder.with_suffix(".out")
    text = golden_text(*linted(in_folder))
    if update_golden:
        golden.write_text(text, encoding="utf-8", newline="")
    assert golden.exists(), f"{golden.name} is missing: run pytest --update-golden, and read what it wrote"
    assert text == golden.read_bytes().decode()


@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "unsafe"])
@pytest.mark.parametrize("in_folder", RULE_FIXTURES, ids=name_of, indirect=True)
def test_fixes_mend_what_they_are_for_and_break_nothing(in_folder: Path, unsafe: bool) -> None:
    run, lint = linted(in_folder)
    fixed = fix(run, lint, unsafe=unsafe)
    assert not fixed.refused
    allowed = {Applicability.SAFE, *([Applicability.UNSAFE] if unsafe else [])}
    fixable = [finding for finding in lint.findings if finding.fix and finding.fix.applicability in allowed]
    assert fixed.fixed >= len(fixable)
    left = [finding for finding in fixed.lint.findings if finding not in fixed.appeared]
    assert not [finding for finding in left if finding.fix and finding.fix.applicability in allowed]
    for before, after in fixed.changed.values():
        ast.parse(after.source.text)
        goes = {*lines_about_pauses(before.source.text), *lines_about_breakpoints(before.source.text)}
        kept = (comment for line, comment in comments_of(before.source.text) if line not in goes)
        lost = Counter(without_models(comment) for comment in kept)
        lost.subtract(without_models(comment) for _, comment in comments_of(after.source.text))
        assert not +lost, "comments are lost"
    assert fixed.appeared or not fix(fixed.run, fixed.run.lint(), unsafe=unsafe).changed, "a second fix changes something"
    assert_notebooks_are_whole(fixed)


def cells_of(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for sheet in notebook.get("worksheets", [notebook]) for cell in sheet["cells"]]


def lines_about_pauses(text: str) -> Iterator[int]:
    """The lines that call `sleep`, and the comments right above, also above the test of whether to: they may go together."""
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if "sleep(" in line:
            yield number
            first = number - lines[number - 2].strip().startswith("if ")
            above = takewhile(lambda each: lines[each - 1].strip().startswith("#"), range(first - 1, 0, -1))
            yield from above


def lines_about_breakpoints(text: str) -> Iterator[int]:
    """The lines with a breakpoint and a comment about caching, and such a comment right above: they may go together."""
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if re.match(r"""\s*["']?cache_control["']?\s*[:=]""", line) and "expect" not in line:
            yield number
            if re.match(r"\s*#.*[Cc]ach", lines[number - 2]):
                yield number - 1


def without_models(comment: str) -> str:
    """A comment without the names of models, which a fix may change along."""
    return re.sub(
        r"(?:claude|opus|sonnet|haiku|gpt)(?:[- .]?(?:claude|opus|sonnet|haiku|luna|sol|mini|[\do]+)\b)*",
        "M",
        comment,
        flags=re.I,
    )


def assert_notebooks_are_whole(fixed: Fixed) -> None:
    """Nothing but the source of code cells has changed."""
    for path, (before, after) in fixed.changed.items():
        if path.endswith(".ipynb"):
            old, new = json.loads(before.data), json.loads(after.data)
            for cell in [*cells_of(old), *cells_of(new)]:
                if cell["cell_type"] == "code":
                    del cell["source" if "source" in cell else "input"]
            # As text, so that the order of keys counts, and with what stands at the end of the file.
            assert json.dumps(old) == json.dumps(new)
            tails = [data[len(data.rstrip()) :] for data in (before.data, after.data)]
            assert tails[0] == tails[1]


@pytest.mark.parametrize("in_folder", SILENT_FIXTURES, ids=name_of, indirect=True)
def test_is_silent(in_folder: Path) -> None:
    run = run_over(in_folder, None, "medium")
    lint = run.lint()
    assert not run.errors
    assert not lint.errors
    assert run.loaded, "the fixture holds nothing that could be a call"
    assert not lint.findings, report_text(run, lint)


@pytest.mark.parametrize("code", sorted(known_rules()))
def test_every_rule_has_fixtures_that_it_finds_something_in(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = FIXTURES / "rules" / code.lower()
    assert folder.is_dir(), f"{code} has no fixtures"
    monkeypatch.chdir(folder)
    assert any(code in [expected[2] for expected in expectations(run_over(path, [code]))] for path in fixtures_below(folder))


def test_every_golden_file_has_its_fixture() -> None:
    names = {path.with_suffix("") for path in RULE_FIXTURES}
    assert [name_of(path) for path in (FIXTURES / "rules").glob("*/*.out") if path.with_suffix("") not in names] == []


def test_what_is_to_be_done_by_hand_says_why() -> None:
    by_hand = re.compile(r"^help: (.*) \(to be done by hand\)$", re.M)
    said = {line for path in (FIXTURES / "rules").glob("*/*.out") for line in by_hand.findall(path.read_text(encoding="utf-8"))}
    assert said
    assert not [line for line in said if not re.search(r"[;,(]", line)]
