"""Settings by options, variables and `--config`, and what shows them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest


@pytest.fixture
def tree(folder: Path, leak: str) -> Path:
    """Two files with the same finding, one of them in a folder."""
    (folder / "old").mkdir()
    (folder / "app.py").write_text(leak)
    (folder / "old" / "app.py").write_text(leak)
    return folder


def found(outcome) -> set[str]:
    return {line.split(":")[0] for line in outcome.out.splitlines() if ": LLM" in line}


@pytest.mark.parametrize(
    ("arguments", "paths"),
    [
        ((), {"app.py", "old/app.py"}),
        (("--exclude", "old"), {"app.py"}),
        (("--extend-exclude", "old/*,nothing"), {"app.py"}),
        (("--exclude", "nothing"), {"app.py", "old/app.py"}),
        (("--exclude", "old", "--extend-exclude", "app.py"), set()),
        (("--per-file-ignores", "old/*:LLM1"), {"app.py"}),
        (("--per-file-ignores", "old/*:LLM2,app.py:LLM101"), set()),
        (("--extend-per-file-ignores", "!old/*:LLM101"), {"old/app.py"}),
        (("--config", 'per-file-ignores = { "old/*" = ["LLM1"] }'), {"app.py"}),
        (("--config", 'select = ["LLM2"]', "--select", "LLM1"), {"app.py", "old/app.py"}),
        (("--config", 'select = ["LLM2"]'), set()),
    ],
)
def test_options_decide_about_files_and_rules(llmlint, tree: Path, arguments: tuple[str, ...], paths: set[str]) -> None:
    assert found(llmlint("--output-format", "concise", *arguments)) == paths


def test_options_go_before_the_file(llmlint, tree: Path) -> None:
    (tree / "llmlint.toml").write_text('exclude = ["app.py"]\nfixable = []\n')
    assert found(llmlint("--exclude", "old", "--output-format", "concise")) == {"app.py"}
    assert "[*]" not in llmlint("--exclude", "old").out
    assert "[*]" in llmlint("--exclude", "old", "--fixable", "ALL").out
    assert "[*]" not in llmlint("--exclude", "old", "--fixable", "ALL", "--unfixable", "LLM101").out


def test_gitignored_files_are_looked_at_on_request(llmlint, tree: Path) -> None:
    (tree / ".git").mkdir()
    (tree / ".gitignore").write_text("old\n")
    assert found(llmlint("--output-format", "concise")) == {"app.py"}
    assert found(llmlint("--output-format", "concise", "--no-respect-gitignore")) == {"app.py", "old/app.py"}


def test_variables_stand_for_options(llmlint, tree: Path) -> None:
    (tree / "strict.toml").write_text('select = ["LLM2"]\n')
    assert found(llmlint("--output-format", "concise", env={"LLMLINT_CONFIG": "strict.toml"})) == set()
    both = llmlint("--isolated", "--output-format", "concise", env={"LLMLINT_CONFIG": "strict.toml"})
    assert found(both) == {"app.py", "old/app.py"}
    assert llmlint(env={"LLMLINT_NO_CACHE": "1", "LLMLINT_OUTPUT_FORMAT": "concise"}).out.count("\n") == 3
    assert llmlint(env={"LLMLINT_OUTPUT_FORMAT": "xml"}).code == 2
    assert not (tree / ".llmlint_cache").exists() or "LLMLINT_NO_CACHE" not in os.environ


@pytest.mark.parametrize("pair", ["LLM101", "app.py:", ":LLM101"])
def test_a_pair_needs_a_pattern_and_a_rule(llmlint, pair: str) -> None:
    outcome = llmlint("--per-file-ignores", pair)
    assert outcome.code == 2
    assert "is not a pattern and a rule with a colon between them" in outcome.err


def test_all_errors_of_a_file_are_printed_with_their_lines(llmlint, tree: Path) -> None:
    (tree / "llmlint.toml").write_text('# ours\nselekt = []\nmin-confidence = "sure"\n')
    outcome = llmlint()
    assert outcome.code == 2
    assert [line.split(" ")[:2] for line in outcome.err.splitlines()] == [
        ["error:", "llmlint.toml:2:"],
        ["error:", "llmlint.toml:3:"],
    ]
    assert llmlint("--stdin-filename", "app.py", "-", stdin=b"").err == outcome.err


def test_show_settings_prints_what_holds_for_the_first_file(llmlint, tree: Path) -> None:
    (tree / "old" / "llmlint.toml").write_text('select = ["LLM2"]\nper-file-ignores = { "!a" = ["LLM201"] }\n')
    outcome = llmlint("--show-settings", "old", "--config", 'min-confidence = "low"', "--extend-exclude", "x")
    assert outcome.code == 0
    assert outcome.out.startswith("# Settings for: old/app.py\n")
    for line in (
        f"# Configuration file: {tree / 'old' / 'llmlint.toml'}",
        'select = ["LLM201", "LLM202", "LLM203", "LLM204", "LLM205"]',
        'per-file-ignores = { "!a" = ["LLM201"] }',
        'min-confidence = "low"',
        "thresholds.min-fan-out = 4",
    ):
        assert f"{line}\n" in outcome.out
    assert llmlint("--show-settings").out.startswith("# Settings for: app.py\n")
    assert llmlint("--show-settings", "absent").code == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent")
def test_watch_checks_again_after_a_change(folder: Path, leak: str) -> None:
    (folder / "app.py").write_text("")
    command = [sys.executable, "-m", "llmlint", "--watch", "--output-format", "concise"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def wait_for(text: str) -> None:
        deadline = time.monotonic() + 30
        line = ""
        while text not in line and time.monotonic() < deadline:
            line = process.stdout.readline()
        assert text in line

    try:
        wait_for("No LLM calls found in 1 file.")
        (folder / "app.py").write_text(leak)
        wait_for("app.py:6:8: LLM101")
        (folder / "llmlint.toml").write_text('ignore = ["LLM101"]\n')
        wait_for("All checks passed!")
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=30)[1]
    finally:
        process.kill()
    assert process.returncode == 0
    assert said.count("File change detected...") == 2


def test_watch_takes_no_standard_input(llmlint) -> None:
    assert llmlint("--watch", "-").code == 2
