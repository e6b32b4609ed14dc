"""The project as a whole: what the README, the hooks and the package promise."""

from __future__ import annotations

import ast
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import llmlint
from llmlint.rules.registry import HEADINGS, known_rules

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def script(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(ROOT / "scripts" / name), *arguments], cwd=ROOT, capture_output=True, text=True)


def test_imports_go_one_way() -> None:
    result = script("check_imports.py")
    assert result.returncode == 0, result.stdout


def test_generated_documentation_is_fresh() -> None:
    result = script("generate_docs.py", "--check")
    assert result.returncode == 0, result.stdout


@pytest.mark.skipif(sys.version_info < (3, 11), reason="genai-prices needs Python 3.11")
def test_the_model_table_is_fresh() -> None:
    result = script("refresh_catalog.py", "--check")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("code", sorted(known_rules()))
def test_every_rule_is_documented_under_the_fixed_headings(code: str) -> None:
    rule = known_rules()[code]
    headings = re.findall(r"(?m)^## (.+)$", rule.documentation)
    assert headings == [heading for heading in HEADINGS if heading in headings]
    assert {"What it does", "Why it costs", "Example", "Limitations"} <= set(headings)
    assert rule.applicability is None or "Fix safety" in headings
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", rule.name)
    assert rule.summary.startswith("Finds ")


def test_rules_are_called_as_their_modules_are() -> None:
    program = "from llmlint.rules.names import rule_names; print([tuple(rule) for rule in rule_names().values()])"
    # In a process that has imported no rule.
    listed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert listed == f"{[(rule.code, rule.name, rule.default) for rule in known_rules().values()]}\n"


def test_modules_stay_at_most_400_lines() -> None:
    long = {
        path.relative_to(ROOT).as_posix(): count
        for path in sorted((ROOT / "llmlint").rglob("*.py"))
        # The batching client is one file, as it is in the projects that get it.
        if path.parent.name != "templates" and (count := path.read_text(encoding="utf-8").count("\n")) > 400
    }
    assert long == {}


LONG_FUNCTIONS = {
    "llmlint/fixes/batch/loop.py _rewritten": "each check and name is needed by the edits at its end",
}


def test_functions_stay_at_most_60_lines() -> None:
    long = {
        f"{path.relative_to(ROOT).as_posix()} {node.name}"
        for path in sorted((ROOT / "llmlint").rglob("*.py"))
        # The batching client is a program of its own, which is copied into projects.
        if path.parent.name != "templates"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and (node.end_lineno or 0) - node.lineno >= 60
    }
    assert long == LONG_FUNCTIONS.keys()


def test_the_readme_has_one_command_that_lints_and_one_that_tests() -> None:
    commands = re.findall(r"(?m)^python3 .*$", README)
    assert len(commands) == 2
    assert "pip install . && " in commands[0]
    assert commands[0].endswith("llmlint fixtures/demo")
    assert "pip install '.[dev]' && " in commands[1]
    assert commands[1].endswith("pytest")


def test_the_readme_shows_what_the_command_prints() -> None:
    command = [sys.executable, "-m", "llmlint", "--no-cache", "fixtures/demo"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8").stdout
    shown = re.search(r"(?s)\$ llmlint fixtures/demo\n(.*?)```", README)
    assert shown is not None
    assert shown[1] == printed


def test_the_hooks_run_commands_that_exist(tmp_path: Path) -> None:
    text = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    assert re.findall(r"(?m)^- id: (\S+)$", text) == ["llmlint", "llmlint-fix"]
    assert text.count("types_or: [python, pyi, jupyter]") == text.count("require_serial: true") == 2
    (tmp_path / "app.py").write_text("x = 1\n")
    for entry in re.findall(r"(?m)^  entry: llmlint (.+)$", text):
        assert "--force-exclude" in entry
        command = [sys.executable, "-m", "llmlint", *entry.split(), "app.py"]
        assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 0


def test_links_between_documents_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_package_is_typed_and_has_its_version_in_one_place() -> None:
    assert (Path(llmlint.__file__).parent / "py.typed").exists()
    assert re.fullmatch(r"\d+\.\d+\.\d+", llmlint.__version__)
    assert f"## {llmlint.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_circles_of_imports_are_found() -> None:
    circles = runpy.run_path(str(ROOT / "scripts" / "check_imports.py"))["circles"]
    assert list(circles({"a": {"b"}, "b": {"c"}, "c": set()})) == []
    assert list(circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"b"}})) == [["a", "b", "c", "a"]]
