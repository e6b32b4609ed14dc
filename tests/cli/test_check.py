"""`llmlint check`: what it prints where, and how it exits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


def test_a_run_without_files_says_so(llmlint, folder: Path, leak: str) -> None:
    outcome = llmlint()
    assert (outcome.code, outcome.out) == (0, "No files checked.\n")
    assert outcome.err == "warning: no Python files found under the given path(s)\n"
    (folder / "old").mkdir()
    (folder / "old" / "app.py").write_text(leak)
    excluded = "warning: all Python files under the given path(s) are excluded\n"
    assert llmlint("--exclude", "old").err == llmlint("--exclude", "old", "--force-exclude", "old/app.py").err == excluded
    assert llmlint("absent").err == "error: absent: no such file or directory\n"


def test_a_clean_run_says_what_was_looked_at(llmlint, folder: Path, leak: str) -> None:
    (folder / "a.py").write_text("import ollama\nollama.chat(x)\n")
    (folder / "b.py").write_text(leak)
    (folder / "c.py").write_text(leak + "\nimport ollama\nollama.generate(x)\n")
    more = "2 calls through ollama are not checked yet.\n"
    expected = f"All checks passed! (2 calls in 2 files)\n{more}"
    for _ in range(3):
        assert llmlint("--select", "LLM2").out == expected
    assert llmlint("--select", "LLM2", "--no-cache").out == expected
    assert llmlint().out.endswith(f"at 1 place (2 fixable with --fix)\n{more}") or llmlint().out.endswith(more)
    assert llmlint("a.py").out == "No LLM calls found in 1 file.\n1 call through ollama is not checked yet.\n"
    assert llmlint("b.py", "--select", "LLM2").out == "All checks passed! (1 call in 1 file)\n"
    summary = json.loads(llmlint("--output-format", "json").out)["summary"]
    assert (summary["calls"], summary["files_with_calls"]) == (2, 2)
    assert summary["unsupported"] == {"ollama": 2}
    assert llmlint("-q", "--select", "LLM2").out == ""


def test_a_finding_is_printed_with_its_place_and_exits_with_1(llmlint, folder: Path, leak: str) -> None:
    (folder / "app.py").write_text(leak)
    outcome = llmlint()
    assert outcome.code == 1
    assert outcome.err == ""
    assert outcome.out.startswith("app.py:6:8: LLM101 [*] ")
    assert "note: app.py:11:12 this is the call" in outcome.out
    assert outcome.out.endswith("1 found (1 fixable with --fix)\n")


def test_without_a_command_check_is_meant(llmlint, folder: Path, leak: str) -> None:
    (folder / "app.py").write_text(leak)
    assert llmlint("check", "app.py") == llmlint("app.py") == llmlint() == llmlint(".")


def test_options_may_follow_paths(llmlint, folder: Path, leak: str) -> None:
    (folder / "app.py").write_text(leak)
    assert llmlint("app.py", "--select", "LLM3").code == 0


def test_a_path_that_is_called_like_a_command_is_reached_by_another_spelling(llmlint, folder: Path, leak: str) -> None:
    (folder / "sites").mkdir()
    (folder / "sites" / "app.py").write_text(leak)
    assert llmlint("sites").out.startswith("sites/app.py:11:12: anthropic.messages")
    assert llmlint("./sites").out.startswith("sites/app.py:6:8: LLM101")
    assert llmlint("check", "sites").out.startswith("sites/app.py:6:8: LLM101")


def test_select_and_ignore_take_lists_and_may_be_repeated(llmlint, folder: Path, leak: str) -> None:
    (folder / "app.py").write_text(leak)
    assert llmlint("--select", "LLM2,LLM3").code == 0
    assert llmlint("--select", "LLM2", "--select", "LLM101").code == 1
    assert llmlint("--select", "uncached-system-prompt").code == 1
    assert llmlint("--ignore", "LLM108, LLM101").code == 0
    assert llmlint("--extend-ignore", "LLM1").code == 0
    assert llmlint("--select", "LLM3", "--extend-select", "LLM101").code == 1


def test_an_unknown_rule_is_a_usage_error(llmlint) -> None:
    outcome = llmlint("--select", "LLM999")
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.startswith("error: command line: `select` ")
    assert '"LLM999"' in outcome.err


def test_an_unknown_option_is_a_usage_error(llmlint) -> None:
    outcome = llmlint("--no-such-option")
    assert outcome.code == 2
    assert "No such option" in outcome.err


def test_exit_zero_and_quiet(llmlint, folder: Path, leak: str) -> None:
    (folder / "app.py").write_text(leak)
    assert llmlint("--exit-zero").code == 0
    quiet = llmlint("-q", "--output-format", "concise")
    assert quiet.code == 1
    assert quiet.out.count("\n") == 1
    (folder / "app.py").write_text("")
    assert llmlint("--quiet").out == ""


def test_an_error_is_not_hidden_by_exit_zero(llmlint) -> None:
    assert llmlint("--exit-zero", "absent.py").code == 2


def test_json_has_the_fields_of_the_contract(llmlint, folder: Path, leak: str) -> None:
    (folder / "app.py").write_text(leak)
    outcome = llmlint("--output-format", "json")
    document = json.loads(outcome.out)
    assert outcome.code == 1
    assert document["version"] == 1
    assert document["summary"]["found"] == 1
    [finding] = document["findings"]
    assert finding["code"] == "LLM101"
    assert finding["name"] == "uncached-system-prompt"
    assert (finding["path"], finding["cell"]) == ("app.py", None)
    assert finding["start"] == {"line": 6, "column": 8}
    assert finding["call"] == {"path": "app.py", "cell": None, "line": 11}
    assert finding["confidence"] == "high"
    assert finding["saving"]["now"] > finding["saving"]["after"] > 0
    assert finding["fix"]["applicability"] == "safe"


def test_a_report_goes_to_a_file_in_the_format_of_the_environment(llmlint, folder: Path, leak: str) -> None:
    (folder / "app.py").write_text(leak)
    env = {"LLMLINT_OUTPUT_FORMAT": "gitlab", "LLMLINT_OUTPUT_FILE": "reports/quality.json"}
    outcome = llmlint(env=env)
    assert (outcome.code, outcome.out, outcome.err) == (1, "", "")
    (issue,) = json.loads((folder / "reports" / "quality.json").read_text())
    assert issue["location"] == {"path": "app.py", "lines": {"begin": 6, "end": 6}}
    assert llmlint("--output-format", "concise", "-o", "report.txt", "--color", "always", env=env).code == 1
    assert (folder / "report.txt").read_text().startswith("app.py:6:8: LLM101 [*] ")


def test_a_file_that_cannot_be_written_is_an_error(llmlint, folder: Path) -> None:
    (folder / "taken").write_text("")
    (folder / "app.py").write_text("")
    outcome = llmlint("--output-file", "taken/report.txt")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("error: taken/report.txt: cannot be written: ")


def test_statistics_count_findings_by_rule(llmlint, folder: Path, leak: str) -> None:
    (folder / "app.py").write_text(leak)
    (folder / "two.py").write_text(leak.replace("haiku", "opus"))
    outcome = llmlint("--statistics")
    assert outcome.code == 1
    assert outcome.out.splitlines()[:2] == ["2\tLLM101\t[*] uncached-system-prompt", "1\tLLM201\t[ ] hardcoded-premium-model"]
    document = json.loads(llmlint("--statistics", "--output-format", "json").out)
    assert document[0] == {"code": "LLM101", "name": "uncached-system-prompt", "count": 2, "fixable": True}
    assert llmlint("--statistics", "--output-format", "sarif").code == 2
    assert llmlint("--statistics", "--diff").code == 2


def test_output_does_not_depend_on_the_order_of_the_paths(llmlint, folder: Path, leak: str) -> None:
    for name in ("b.py", "a.py", "c.py"):
        (folder / name).write_text(leak)
    outcome = llmlint("c.py", "a.py", "b.py", "a.py", "--output-format", "concise")
    assert outcome == llmlint("b.py", "c.py", "a.py", "--output-format", "concise")
    assert [line.partition(":")[0] for line in outcome.out.splitlines()[:-1]] == ["a.py", "b.py", "c.py"]


def test_low_confidence_is_shown_on_request(llmlint, folder: Path) -> None:
    handbook = "Answer from this handbook, and from nothing else. " * 400
    (folder / "app.py").write_text(
        "import openai\n"
        "client = openai.OpenAI()\n"
        f"HANDBOOK = '{handbook}'\n"
        "def answer(question):\n"
        "    return client.chat.completions.create(model='gpt-6-luna', messages=[\n"
        "        {'role': 'system', 'content': HANDBOOK}, {'role': 'user', 'content': question}])\n"
    )
    assert llmlint().code == 0
    outcome = llmlint("--min-confidence", "low")
    assert outcome.code == 1
    assert "LLM108" in outcome.out


class TestConfiguration:
    def test_the_nearest_file_holds(self, llmlint, folder: Path, leak: str) -> None:
        (folder / "app.py").write_text(leak)
        (folder / "pyproject.toml").write_text('[tool.llmlint]\nignore = ["LLM101"]\n')
        assert llmlint().code == 0
        assert llmlint("--isolated").code == 1
        assert llmlint("--select", "LLM101").code == 1
        (folder / "inner").mkdir()
        (folder / "inner" / "app.py").write_text(leak)
        (folder / "inner" / "llmlint.toml").write_text("")
        assert llmlint("--output-format", "concise").out.startswith("inner/app.py:6:8: LLM101")

    def test_an_unknown_key_is_named_with_its_file(self, llmlint, folder: Path, leak: str) -> None:
        (folder / "app.py").write_text(leak)
        (folder / "llmlint.toml").write_text('selct = ["LLM1"]\n')
        outcome = llmlint()
        assert outcome.code == 2
        assert outcome.err == 'error: llmlint.toml:1: unknown key `selct`; did you mean "select"?\n'

    def test_a_broken_file_below_stops_only_what_it_holds_for(self, llmlint, folder: Path, leak: str) -> None:
        (folder / "app.py").write_text(leak)
        (folder / "inner").mkdir()
        (folder / "inner" / "app.py").write_text(leak)
        (folder / "inner" / "llmlint.toml").write_text("select = [")
        outcome = llmlint("--output-format", "concise")
        assert outcome.code == 2
        assert outcome.err.startswith("error: inner/llmlint.toml:1: not valid TOML: ")
        assert outcome.err.count("\n") == 1
        assert outcome.out.startswith("app.py:6:8: LLM101")

    def test_a_broken_file_here_does_not_stop_folders_with_their_own(self, llmlint, folder: Path, leak: str) -> None:
        (folder / "llmlint.toml").write_text("select = 1")
        (folder / "inner").mkdir()
        (folder / "inner" / "app.py").write_text(leak)
        (folder / "inner" / "llmlint.toml").write_text("")
        for path in ("inner", "inner/app.py"):
            outcome = llmlint(path, "--output-format", "concise")
            assert outcome.code == 2
            assert outcome.err == "error: llmlint.toml:1: `select` must be a list of strings, not a number\n"
            assert outcome.out.startswith("inner/app.py:6:8: LLM101")

    def test_config_names_one_file_for_all(self, llmlint, folder: Path, leak: str) -> None:
        (folder / "app.py").write_text(leak)
        (folder / "other.toml").write_text('ignore = ["LLM101"]\n')
        assert llmlint("--config", "other.toml").code == 0
        outcome = llmlint("--config", "absent.toml")
        assert outcome.code == 2
        assert outcome.err == "error: absent.toml: cannot be read: No such file or directory\n"

    def test_per_file_ignores_hold_where_the_finding_is_shown(self, llmlint, folder: Path, leak: str) -> None:
        (folder / "app.py").write_text(leak)
        (folder / "llmlint.toml").write_text('per-file-ignores = { "app.py" = ["LLM101"] }\n')
        assert llmlint().code == 0

    def test_an_excluded_file_is_read_if_it_is_named_unless_forced(self, llmlint, folder: Path, leak: str) -> None:
        (folder / "app.py").write_text(leak)
        (folder / "llmlint.toml").write_text('extend-exclude = ["app.py"]\n')
        assert llmlint().code == 0
        assert llmlint("app.py").code == 1
        assert llmlint("--force-exclude", "app.py").code == 0

    def test_show_files_lists_what_would_be_read(self, llmlint, folder: Path) -> None:
        for name in ("a.py", "b.pyi", "c.ipynb", "d.txt", "ignored.py"):
            (folder / name).write_text("")
        (folder / ".git").mkdir()
        (folder / ".gitignore").write_text("ignored.py\n")
        outcome = llmlint("--show-files")
        assert (outcome.code, outcome.out) == (0, "a.py\nb.pyi\nc.ipynb\n")


class TestColour:
    def test_a_pipe_gets_none(self, llmlint, folder: Path, leak: str) -> None:
        (folder / "app.py").write_text(leak)
        assert "\x1b[" not in llmlint().out

    @pytest.mark.parametrize(
        ("env", "arguments", "is_coloured"),
        [
            ({"FORCE_COLOR": "1"}, [], True),
            ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, [], False),
            ({}, ["--color", "always"], True),
            ({"NO_COLOR": "1"}, ["--color", "always"], True),
            ({"FORCE_COLOR": "1"}, ["--color", "never"], False),
        ],
    )
    def test_environment_and_option(
        self, llmlint, folder: Path, leak: str, env: dict[str, str], arguments: list[str], is_coloured: bool
    ) -> None:
        (folder / "app.py").write_text(leak)
        assert ("\x1b[" in llmlint(*arguments, env=env).out) == is_coloured


class TestStandardInput:
    def test_is_linted_under_the_given_name(self, llmlint, leak: str) -> None:
        outcome = llmlint("-", "--stdin-filename", "src/app.py", "--output-format", "concise", stdin=leak.encode())
        assert outcome.code == 1
        assert outcome.out.startswith("src/app.py:6:8: LLM101")

    def test_has_a_name_without_one(self, llmlint, leak: str) -> None:
        assert llmlint("-", stdin=leak.encode()).out.startswith("-:6:8: LLM101")

    def test_has_the_settings_of_its_name(self, llmlint, folder: Path, leak: str) -> None:
        (folder / "src").mkdir()
        (folder / "src" / "llmlint.toml").write_text('ignore = ["LLM101"]\n')
        assert llmlint("-", "--stdin-filename", "src/app.py", stdin=leak.encode()).code == 0
        assert llmlint("-", "--stdin-filename", "app.py", stdin=leak.encode()).code == 1

    def test_with_a_syntax_error(self, llmlint) -> None:
        outcome = llmlint("-", stdin=b"client.messages.create(\n")
        assert outcome.code == 2
        assert outcome.err.startswith("error: -: syntax error at line ")

    def test_cannot_be_mixed_with_paths(self, llmlint) -> None:
        outcome = llmlint("-", "app.py")
        assert outcome.code == 2
        assert "cannot be mixed" in outcome.err
