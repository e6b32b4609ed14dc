"""The commands besides check, the help, and how fast they start."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from llmlint import __version__
from llmlint.cache import store
from llmlint.config.schema import Layer, ThresholdTable
from llmlint.docs.settings import SETTINGS
from llmlint.rules.registry import known_rules

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def test_version(llmlint) -> None:
    assert llmlint("--version").out == llmlint("-V").out == f"llmlint {__version__}\n"


def test_help_names_all_commands_and_the_options_of_check(llmlint) -> None:
    text = llmlint("--help").out
    assert text == llmlint("-h").out
    for word in (
        "check",
        "rule",
        "sites",
        "report",
        "server",
        "config",
        "clean",
        "--fix",
        "--select",
        "--output-format",
        "--isolated",
        "Exit codes",
    ):
        assert word in text
    commands = text.partition("\nCommands:\n")[2].partition("\n\n")[0].splitlines()
    assert [line for line in commands if line.endswith("...") or len(line) > 80] == []


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("check", "--help"), ("sites", "--help")])
def test_starting_up_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    result = subprocess.run([sys.executable, "-X", "importtime", "-m", "llmlint", *arguments], capture_output=True, text=True)
    assert result.returncode == 0
    modules = {line.rpartition("|")[2].strip() for line in result.stderr.splitlines()}
    assert {module for module in modules if module.startswith("llmlint")} == {
        "llmlint",
        "llmlint.cli",
        "llmlint.commands",
        "llmlint.commands.help",
        "llmlint.commands.options",
        "llmlint.output_formats",
        "llmlint.plugins",
    }
    assert not modules & {"libcst", "pathspec", "json", "asyncio", "multiprocessing"}


def imported_by(folder: Path, *arguments: str) -> set[str]:
    """The modules that a run imports which finds nothing."""
    command = [sys.executable, "-X", "importtime", "-m", "llmlint", *arguments]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert result.stdout.startswith(("All checks passed!", "No LLM calls found"))
    assert result.returncode == 0
    return {line.rpartition("|")[2].strip() for line in result.stderr.splitlines()}


def test_a_tree_without_calls_never_imports_the_parser(folder: Path) -> None:
    for number in range(20):
        (folder / f"app{number}.py").write_text("import os\nprint(os.name)\n")
    assert not imported_by(folder) & {"libcst", "multiprocessing"}


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("app.py", "b.py"),
        ("--no-cache", "."),
        ("--isolated", "--no-cache", "app.py"),
        ("--fix", "app.py"),
        ("--select", "LLM1,superseded-model", "--ignore", "LLM104", "app.py"),
    ],
)
def test_a_few_files_without_calls_import_next_to_nothing(folder: Path, arguments: tuple[str, ...]) -> None:
    for name in ("app.py", "b.py"):
        (folder / name).write_text("import openai\nprint(openai.__version__, 'messages')\n")
    modules = imported_by(folder, *arguments)
    # What finds and fixes calls, and what remembers what was found.
    parts = ("callsite", "catalog", "cache", "engine", "fixes", "fixing", "link", "loading", "providers", "scan", "suppressions")
    ours = {module for module in modules if module.startswith("llmlint.")}
    ours -= {"llmlint.fixes", "llmlint.fixes.leftovers"} if "--fix" in arguments else set()
    assert not {module for module in ours if not {*parts}.isdisjoint(module.split("."))}
    assert {module for module in ours if module.startswith("llmlint.rules.")} == {"llmlint.rules.names"}
    # Of formats, the one that is printed and what that uses; and none of the libraries that take long.
    assert "llmlint.report.json" not in modules
    assert "llmlint.suppressions.unused" not in modules
    heavy = {"libcst", "pathspec", "tomllib", "tomli", "json", "hashlib", "pathlib", "shutil", "tempfile", "textwrap", "difflib"}
    assert not modules & {*heavy, "asyncio", "concurrent.futures", "multiprocessing", "subprocess", "importlib.metadata", "yaml"}


def test_what_is_recalled_needs_no_rule_and_no_linking(folder: Path) -> None:
    (folder / "app.py").write_text("import openai\nopenai.OpenAI().chat.completions.create(model=input(), messages=[])\n")
    os.utime(folder / "app.py", (1_700_000_000.5, 1_700_000_000.5))
    # A change of status cannot be dated back, so the file has to be old.
    time.sleep(0.3)
    assert "llmlint.run.engine" in imported_by(folder)
    modules = imported_by(folder)
    assert "llmlint.cache.run" in modules
    parts = ("engine", "fixes", "loading", "providers", "scan")
    assert not {module for module in modules if module.startswith("llmlint.") and not {*parts}.isdisjoint(module.split("."))}
    assert {module for module in modules if module.startswith("llmlint.rules.")} == {"llmlint.rules.names"}
    assert not modules & {"libcst", "multiprocessing"}


def test_where_all_results_are_taken_over_no_rule_and_no_provider_is_needed(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[project]\nname = "shop"\n')
    (folder / "app.py").write_text("import openai\nopenai.OpenAI().chat.completions.create(model=input(), messages=[])\n")
    for text in ("def f():\n    return 1\n", "def f():\n    return 2\n"):
        (folder / "other.py").write_text(text)
        for name in ("app.py", "other.py"):
            os.utime(folder / name, (1_700_000_000.5, 1_700_000_000.5))
        # A change of status cannot be dated back, so the files have to be old.
        time.sleep(0.3)
        modules = imported_by(folder)
    assert "llmlint.cache.parts" in modules
    assert {module for module in modules if module.startswith("llmlint.rules.llm")} == set()
    assert not modules & {
        "llmlint.providers",
        "llmlint.run.checking",
        "llmlint.callsite",
        "llmlint.catalog",
        "llmlint.link.values",
    }


class TestRule:
    @pytest.mark.parametrize("name", ["LLM101", "llm101", "uncached-system-prompt"])
    def test_explains_one(self, llmlint, name: str) -> None:
        outcome = llmlint("rule", name)
        assert outcome.code == 0
        assert outcome.out.startswith(
            "# uncached-system-prompt (LLM101)\n\nFix: safe, applied by `--fix`. On by default.\n\n## What it does\n"
        )
        for heading in ("Why it costs", "Example", "Use instead", "Fix safety", "Limitations"):
            assert f"\n## {heading}\n" in outcome.out

    def test_explains_all(self, llmlint) -> None:
        codes = [*known_rules()]
        text = llmlint("rule", "--all").out
        assert [
            line.rpartition("(")[2].rstrip(")") for line in text.splitlines() if line.startswith("# ") and "(LLM" in line
        ] == codes
        document = json.loads(llmlint("rule", "--all", "--output-format", "json").out)
        assert [rule["code"] for rule in document] == codes
        assert all(rule["summary"].endswith(".") and "\n" not in rule["summary"] for rule in document)

    def test_json_of_one(self, llmlint) -> None:
        rule = json.loads(llmlint("rule", "LLM001", "--output-format", "json").out)
        assert (rule["code"], rule["name"], rule["fix"], rule["default"]) == ("LLM001", "unused-suppression", "safe", True)

    def test_an_unknown_rule_or_none_is_a_usage_error(self, llmlint) -> None:
        outcome = llmlint("rule", "LLM999")
        assert outcome.code == 2
        assert "there is no rule 'LLM999'" in outcome.err
        assert llmlint("rule", "L101").code == llmlint("rule", "xyz").code == 2
        assert llmlint("rule", "LLM101", "--all").code == 2

    def test_without_an_argument_rules_are_listed(self, llmlint) -> None:
        lines = llmlint("rule").out.splitlines()
        assert [line.split()[0] for line in lines[:-2]] == [*known_rules()]
        assert lines[1].split()[1:] == ["uncached-system-prompt", "fix:", "safe"]
        assert len(json.loads(llmlint("rule", "--output-format", "json").out)) == len(lines) - 2

    @pytest.mark.parametrize(
        ("prefix", "codes"),
        [("LLM3", {"LLM301", "LLM302", "LLM303"}), ("llm20", {"LLM201", "LLM202", "LLM203", "LLM204", "LLM205"})],
    )
    def test_a_prefix_explains_its_rules(self, llmlint, prefix: str, codes: set[str]) -> None:
        document = json.loads(llmlint("rule", prefix, "--output-format", "json").out)
        assert {rule["code"] for rule in document} == codes
        assert llmlint("rule", prefix).out.count("## What it does") == len(codes)


class TestSchema:
    def test_every_example_is_valid_and_mistakes_are_not(self, llmlint) -> None:
        validator = jsonschema.Draft7Validator(json.loads(llmlint("schema").out))
        for setting in SETTINGS:
            document = tomllib.loads(setting.example.replace("[tool.llmlint.", "["))
            assert list(validator.iter_errors(document)) == [], setting.key
        for text in ("selekt = []", 'select = ["LLM9"]', 'min-confidence = "sure"', "unsafe-fixes = 1", "thresholds = { x = 1 }"):
            assert list(validator.iter_errors(tomllib.loads(text))), text
        properties = validator.schema["properties"]
        assert set(properties) == set(Layer.__annotations__)
        assert all(properties.values())


class TestConfig:
    def test_lists_every_key_that_a_file_may_have(self, llmlint) -> None:
        keys = llmlint("config").out.split()
        assert keys == [setting.key for setting in SETTINGS]
        tables = {f"thresholds.{key}" for key in ThresholdTable.__annotations__}
        assert set(keys) == set(Layer.__annotations__) - {"thresholds"} | tables

    @pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
    def test_every_example_is_a_valid_configuration(self, llmlint, folder: Path, setting) -> None:
        example = setting.example if setting.example.startswith("[") else f"[tool.llmlint]\n{setting.example}"
        (folder / "pyproject.toml").write_text(example + "\n")
        (folder / "app.py").write_text("")
        (folder.parent / "llmlint.toml").write_text("")  # What the example of `extend` names.
        outcome = llmlint()
        assert (outcome.code, outcome.err) == (0, "")

    def test_explains_one(self, llmlint) -> None:
        text = llmlint("config", "min-confidence").out
        assert 'Default: "medium"\n' in text
        assert "Command line: --min-confidence\n" in text
        assert json.loads(llmlint("config", "select", "--output-format", "json").out)["option"] == "--select"

    def test_an_unknown_key_is_a_usage_error(self, llmlint) -> None:
        assert llmlint("config", "selct").code == 2


class TestClean:
    def test_removes_the_caches_and_nothing_else(self, llmlint, folder: Path) -> None:
        (folder / "inner" / ".llmlint_cache").mkdir(parents=True)
        (folder / "app.py").write_text("")
        store.Cache(str(folder / ".llmlint_cache")).write("run-1", {})
        outcome = llmlint("clean")
        assert outcome.code == 0
        assert sorted(path.name for path in folder.rglob("*")) == ["app.py", "inner"]
        assert (llmlint("clean").code, llmlint("clean").err) == (0, "")


class TestSites:
    def test_json_has_the_fields_of_the_contract(self, llmlint, folder: Path, leak: str) -> None:
        (folder / "app.py").write_text(leak)
        outcome = llmlint("sites", "--output-format", "json", "--no-cache", "--isolated", ".")
        document = json.loads(outcome.out)
        assert outcome.code == 0
        assert document["version"] == 1
        [site] = document["sites"]
        assert (site["path"], site["cell"], site["line"], site["end_line"]) == ("app.py", None, 11, 16)
        assert (site["provider"], site["api"], site["streaming"]) == ("anthropic", "anthropic.messages", False)
        assert site["model"] == {
            "value": "claude-haiku-5-5",
            "source": "literal",
            "at": {"path": "app.py", "cell": None, "line": 12, "column": 15},
        }
        assert 2_000 < site["prompt"]["static_tokens"] < 5_000
        assert site["prompt"]["volatile_tokens"] == 0
        assert site["prompt"]["cached"] is False
        assert [segment["kind"] for segment in site["prompt"]["segments"]] == ["system", "message"]
        assert site["fan_out"] is None
        assert site["interactive"] is False
        assert (site["function"], site["max_tokens"], site["tools"]) == ("answer", [300], [])
        [known] = site["known_texts"]
        handbook = leak.split('BOOK = "')[1]
        assert (known["in"], known["at"], known["whole"]) == ("system", "start", True)
        assert known["sha256"] == hashlib.sha256(handbook[: known["characters"]].encode()).hexdigest()[:12]

    def test_rows_of_batches_are_listed_apart_from_calls(self, llmlint, folder: Path) -> None:
        request = """{"model": "claude-opus-5-5", "max_tokens": 9, "messages": [{"role": "user", "content": text}]}"""
        rows = f"""[{{"custom_id": text, "params": {request}}} for text in texts]"""
        code = f"import anthropic\nclient = anthropic.Anthropic()\ndef send(texts):\n    client.messages.batches.create(requests={rows})\n"
        (folder / "send.py").write_text(code)
        document = json.loads(llmlint("sites", "--output-format", "json").out)
        assert document["sites"] == []
        [row] = document["rows"]
        assert (row["line"], row["batch"], row["model"]["value"]) == (4, True, "claude-opus-5-5")

    def test_a_loop_is_a_fan_out(self, llmlint, folder: Path, leak: str) -> None:
        text = leak.replace("def answer(question):", "for question in open('questions.txt'):").replace("return ", "reply = ")
        (folder / "app.py").write_text(text)
        [site] = json.loads(llmlint("sites", "--output-format", "json").out)["sites"]
        assert site["fan_out"]["kind"] == "loop"
        assert site["fan_out"]["concurrent"] is False
        assert site["fan_out"]["at"]["line"] == 9

    def test_text_is_one_line_a_call(self, llmlint, folder: Path, leak: str) -> None:
        (folder / "app.py").write_text(leak)
        (folder / "other.py").write_text("x = 1\n")
        lines = llmlint("sites").out.splitlines()
        assert lines[0].startswith("app.py:11:12: anthropic.messages messages.create, claude-haiku-5-5 (literal), ~")
        assert lines[1:] == ["1 LLM call in 1 of 2 files"]

    def test_errors_are_named_and_the_others_listed(self, llmlint, folder: Path, leak: str) -> None:
        (folder / "app.py").write_text(leak)
        (folder / "bad.py").write_text("client.messages.create(")
        outcome = llmlint("sites", "--output-format", "json")
        assert outcome.code == 2
        assert outcome.err.startswith("error: bad.py: syntax error")
        assert len(json.loads(outcome.out)["sites"]) == 1


CALLS = """\
import anthropic

client = anthropic.Anthropic()
RULES = "Name the clause, the risk and the remedy in one plain sentence. " * 100


def answer(question):
    return client.messages.create(
        model="claude-haiku-5-5", max_tokens=9, system=RULES, messages=[{"role": "user", "content": question}]
    )
"""


def test_own_prices_and_volumes_are_used(llmlint, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    Path("app.py").write_text(CALLS)
    listed = llmlint("sites").out
    Path("llmlint.toml").write_text("[prices]\nclaude-haiku-5-5 = { input = 1, cache-read = 0.1 }\n")
    assert "$2.02 per 1,000 calls" in llmlint("sites").out
    assert "$2.02 per 1,000 calls" not in listed
    Path("llmlint.toml").write_text(
        '[prices]\nclaude-haiku-5-5 = { input = 1, cache-read = 0.1 }\n\n[calls-per-day]\n"*.py" = 1000\n'
    )
    assert "per 1,000 calls, $54." in llmlint("check").out
    Path("llmlint.toml").write_text('[prices]\nclaude-haiku-5-5 = { inputs = 1 }\n\n[calls-per-day]\n"*.py" = "often"\n')
    outcome = llmlint("check")
    assert 'has an unknown price "inputs" for "claude-haiku-5-5"; did you mean "input"?' in outcome.err
    assert 'must have a number of calls for "*.py"' in outcome.err
