"""Properties that hold whatever a program looks like: programs are drawn by hypothesis."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import jsonschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmlint.cache.records import from_record, to_record
from llmlint.config.settings import SettingsResolver
from llmlint.findings import Applicability, Edit, FileError
from llmlint.fixes.apply import apply_edits
from llmlint.report.json import render
from llmlint.rules.registry import known_rules
from llmlint.run.engine import Run
from llmlint.run.fixing import fix
from llmlint.run.loading import load_bytes
from llmlint.scan.scan import ScanError, scan

# Scanning raises Python's limit, of which hypothesis warns where it happens within an example.
sys.setrecursionlimit(max(sys.getrecursionlimit(), 6000))
SCHEMA = json.loads((Path(__file__).parents[1] / "docs" / "report.schema.json").read_text())
CODES = ", ".join(sorted(known_rules()))
SLOW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
FAST = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))

names = st.sampled_from(["a", "b", "c", "items", "client", "é", "text"])
constants = st.one_of(
    st.integers(-5, 5).map(repr),
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=6).map(repr),
    st.sampled_from(["None", "True", "...", "b'x'", "1.5"]),
)


def wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from(["+", "or", "and", "%", "<", "in", "if a else"]), inner).map(
            lambda p: f"({p[0]} {p[1]} {p[2]})"
        ),
        st.tuples(names, st.lists(inner, max_size=3)).map(lambda p: f"{p[0]}({', '.join(p[1])})"),
        st.tuples(inner, names).map(lambda p: f"({p[0]}).{p[1]}"),
        st.lists(inner, max_size=3).map(lambda p: f"[{', '.join(p)}]"),
        st.lists(st.tuples(inner, inner), max_size=3).map(lambda p: "{" + ", ".join(f"{k}: {v}" for k, v in p) + "}"),
        st.tuples(names, inner, inner).map(lambda p: f"[{p[1]} for {p[0]} in {p[2]}]"),
        st.tuples(names, inner).map(lambda p: f"(lambda {p[0]}: {p[1]})"),
        st.tuples(names, names).map(lambda p: f"f'x {{{p[0]}}} {{{p[1]}!r}}'"),
        inner.map(lambda p: f"(not {p})"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]})[{p[1]}]"),
    )


expressions = st.recursive(st.one_of(names, constants), wider, max_leaves=8)
models = st.sampled_from(["claude-opus-4-1", "claude-3-opus-20240229", "gpt-4", "claude-sonnet-5-5", "nothing-known"])


@st.composite
def calls(draw: st.DrawFn) -> str:
    question, more = draw(expressions), ""
    if draw(st.booleans()):
        more = f", system={draw(expressions)}"
    if draw(st.booleans()):
        more += ", temperature=0.5, top_p=0.5"
    return (
        f"client.messages.create(model={draw(models)!r}, max_tokens=100, "
        f'messages=[{{"role": "user", "content": {question}}}]{more})'
    )


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for each in lines for line in each.split("\n")]


@st.composite
def statements(draw: st.DrawFn, depth: int = 2) -> str:
    kind = draw(
        st.sampled_from(
            ["call", "assign", "plain", "def", "for", "if", "with", "try", "class"] if depth else ["call", "assign", "plain"]
        )
    )
    if kind == "call":
        return f"r = {draw(calls())}  # kept {draw(st.integers(0, 99))}"
    if kind == "assign":
        return f"{draw(names)} = {draw(expressions)}"
    if kind == "plain":
        return draw(expressions)
    body = "\n".join(indented(draw(st.lists(statements(depth=depth - 1), min_size=1, max_size=3))))
    if kind == "def":
        return f"def f({draw(names)}, *more):\n{body}"
    if kind == "class":
        return f"class K:\n{body}"
    if kind == "for":
        return f"for {draw(names)} in {draw(expressions)}:\n{body}"
    if kind == "if":
        return f"if {draw(expressions)}:\n{body}\nelse:\n    pass"
    if kind == "with":
        return f"with {draw(names)} as {draw(names)}:\n{body}"
    return f"try:\n{body}\nfinally:\n    pass"


@st.composite
def programs(draw: st.DrawFn) -> str:
    body = "\n".join(draw(st.lists(statements(), min_size=1, max_size=5)))
    text = f"import anthropic\nclient = anthropic.Anthropic()\n{body}\n"
    return text.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n"])))


def run_over(text: str) -> Run:
    rules = known_rules()
    return Run.of_bytes("a.py", text.encode(), SettingsResolver(".", {"min-confidence": "low"}, True, known=rules), rules)


@FAST
@given(st.one_of(st.text(max_size=200), programs()))
def test_scanning_gives_facts_or_says_why_not(text: str) -> None:
    said = ""
    try:
        scan(text, "a.py")
    except ScanError as error:
        said = str(error)
    assert "\n" not in said


@FAST
@given(st.binary(max_size=200))
def test_loading_bytes_never_raises(data: bytes) -> None:
    for path in ("a.py", "a.ipynb"):
        loaded = load_bytes(path, data)
        assert not isinstance(loaded, FileError) or "internal error" not in loaded.message


@SLOW
@given(programs())
def test_linting_has_no_errors_and_findings_lie_in_the_file(text: str) -> None:
    run = run_over(text)
    lint = run.lint()
    assert not lint.errors
    assert not run.errors
    for finding in lint.findings:
        assert 0 <= finding.at.start <= finding.at.end <= len(run.text("a.py"))


@SLOW
@given(programs())
def test_a_finding_survives_being_written_to_the_cache(text: str) -> None:
    for finding in run_over(text).lint().findings:
        assert from_record(json.loads(json.dumps(to_record(finding)))) == finding


def outside(text: str, edits: Sequence[Edit]) -> str:
    """What is left of a program where edited statements are cut out of it."""
    tree = ast.parse(text)
    lines = {text.count("\n", 0, at) + 1 for edit in edits for at in (edit.span.start, max(edit.span.start, edit.span.end - 1))}

    class Cut(ast.NodeTransformer):
        def generic_visit(self, node: ast.AST) -> ast.AST:
            if isinstance(node, ast.stmt) and any(node.lineno <= line <= (node.end_lineno or 0) for line in lines):
                if not getattr(node, "body", None) or node.lineno in lines:
                    return ast.copy_location(ast.Pass(), node)
            return super().generic_visit(node)

    return ast.dump(Cut().visit(tree))


@SLOW
@given(programs())
def test_fixes_leave_all_else_as_it_was_and_are_done_at_once(text: str) -> None:
    run = run_over(text)
    lint = run.lint()
    fixed = fix(run, lint, unsafe=True)
    assert not fixed.refused
    after = fixed.run.text("a.py")
    ast.parse(after)
    applicable = (Applicability.SAFE, Applicability.UNSAFE)
    # A retired model's successor keeps its tier: that it is premium is a new finding, which is left to the next run.
    if any(each.code == "LLM201" and "was retired" in each.message for each in lint.findings):
        return
    assert not [each for each in fixed.lint.findings if each.fix and each.fix.edits and each.fix.applicability in applicable]
    again = fix(fixed.run, fixed.lint, unsafe=True)
    assert again.run.text("a.py") == after
    source = run.text("a.py")
    for finding in lint.findings:
        if finding.fix is not None and finding.fix.edits:
            changed = apply_edits(source, finding.fix.edits)
            if changed.count("\n") == source.count("\n"):
                assert outside(source, finding.fix.edits) == outside(changed, finding.fix.edits)


@SLOW
@given(programs())
def test_what_a_comment_suppresses_is_silent(text: str) -> None:
    run = run_over(text)
    findings = run.lint().findings
    lines = run.text("a.py").splitlines(keepends=True)
    quiet = []
    for line in lines:
        stripped = line.rstrip("\r\n")
        is_call = "messages.create" in stripped and "# kept" in stripped
        quiet.append(f"{stripped}  # llmlint: ignore[{CODES}]{line[len(stripped) :]}" if is_call else line)
    left = run_over("".join(quiet)).lint().findings
    assert not [each for each in left if each.code != "LLM001"], findings


@SLOW
@given(programs())
def test_a_report_fits_the_published_schema(text: str) -> None:
    run = run_over(text)
    report = json.loads(render(run.report(run.lint().findings), color=False))
    jsonschema.validate(report, SCHEMA)
