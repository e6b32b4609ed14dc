"""Settings from real files, and what they mean for rules and files."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from llmlint.config.files import split_config
from llmlint.config.settings import ConfigError, Settings, SettingsResolver, Thresholds, load_settings
from llmlint.config.versions import fits, is_specifier
from llmlint.findings import Confidence


@dataclass(frozen=True)
class Rule:
    code: str
    name: str
    default: bool = True


KNOWN = {
    rule.code: rule
    for rule in (
        Rule("LLM101", "uncached-system-prompt"),
        Rule("LLM102", "volatile-prompt-prefix"),
        Rule("LLM201", "hardcoded-premium-model"),
        Rule("LLM203", "superseded-model", default=False),
        Rule("LLM301", "serial-calls-in-loop"),
    )
}
DEFAULT = {"LLM101", "LLM102", "LLM201", "LLM301"}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def resolver(config: str | None = None, cli: dict[str, object] | None = None, **more: bool) -> SettingsResolver:
    if config is not None:
        Path("llmlint.toml").write_text(config, encoding="utf-8")
    return SettingsResolver(os.getcwd(), cli, known=KNOWN, **more)


def settings(config: str | None = None, cli: dict[str, object] | None = None) -> Settings:
    return resolver(config, cli).for_file("a.py")


def test_without_a_file_the_defaults_hold(here: Path) -> None:
    found = settings()
    assert found.enabled == DEFAULT
    assert found.fixable == KNOWN.keys()
    assert found.source is None
    assert found.root == str(here)
    assert (found.min_confidence, found.unsafe_fixes, found.output_format) == (Confidence.MEDIUM, False, "text")
    assert found.batch_module == "llm_batches"
    assert (found.force_exclude, found.respect_gitignore) == (False, True)
    assert found.thresholds == Thresholds(cache_margin=1.25, min_fan_out=4)
    assert ".venv" in {glob.pattern for glob in found.exclude}


def test_every_key_is_read(here: Path) -> None:
    found = settings(
        """
        select = ["LLM1", "superseded-model"]
        extend-select = ["LLM301"]
        ignore = ["LLM102"]
        extend-ignore = ["serial-calls-in-loop"]
        exclude = ["a"]
        extend-exclude = ["b/*.py"]
        force-exclude = true
        respect-gitignore = false
        per-file-ignores = { "tests/*" = ["LLM1"] }
        extend-per-file-ignores = { "x.py" = ["ALL"] }
        fixable = ["LLM1"]
        unfixable = ["LLM102"]
        min-confidence = "high"
        unsafe-fixes = true
        output-format = "json"
        batch-module = "shop.llm.batches"
        [thresholds]
        cache-margin = 2
        min-fan-out = 10
        """
    )
    assert found.enabled == {"LLM101", "LLM203"}
    assert found.fixable == {"LLM101"}
    assert found.is_fixable("LLM101")
    assert not found.is_fixable("LLM102")
    assert [(glob.pattern, glob.base) for glob in found.exclude] == [("a", str(here)), ("b/*.py", str(here))]
    assert (found.force_exclude, found.respect_gitignore) == (True, False)
    assert (found.min_confidence, found.unsafe_fixes, found.output_format) == (Confidence.HIGH, True, "json")
    assert found.batch_module == "shop.llm.batches"
    assert found.thresholds == Thresholds(cache_margin=2.0, min_fan_out=10)
    assert [entry.glob.pattern for entry in found.per_file_ignores] == ["tests/*", "x.py"]
    assert found.source == str(here / "llmlint.toml")
    assert pickle.loads(pickle.dumps(found)) == found


@pytest.mark.parametrize(
    ("config", "cli", "enabled"),
    [
        ('select = ["LLM"]', {}, DEFAULT),
        ('select = ["ALL"]', {}, KNOWN.keys()),
        ('select = ["LLM2"]', {}, {"LLM201", "LLM203"}),
        ('select = ["LLM203"]', {}, {"LLM203"}),
        ('extend-select = ["LLM20"]', {}, DEFAULT | {"LLM203"}),
        ('extend-select = ["superseded-model"]', {}, DEFAULT | {"LLM203"}),
        ("select = []", {}, set()),
        ('ignore = ["LLM"]', {}, set()),
        ('ignore = ["LLM1"]', {}, {"LLM201", "LLM301"}),
        ('select = ["LLM1"]\nignore = ["LLM101"]', {}, {"LLM102"}),
        ('select = ["LLM101"]\nignore = ["LLM1"]', {}, {"LLM101"}),
        ('select = ["LLM101"]\nignore = ["LLM101"]', {}, set()),
        ('select = ["ALL"]\nignore = ["LLM"]', {}, set()),
        ('select = ["LLM1"]\nignore = ["ALL"]', {}, {"LLM101", "LLM102"}),
        ("", {"select": ["LLM1"]}, {"LLM101", "LLM102"}),
        ('select = ["LLM2"]', {"select": ["LLM1"]}, {"LLM101", "LLM102"}),
        ('extend-select = ["LLM203"]', {"select": ["LLM1"]}, {"LLM101", "LLM102"}),
        ('select = ["LLM101"]', {"ignore": ["LLM"]}, set()),
        ('select = ["LLM1"]', {"extend-select": ["LLM301"]}, {"LLM101", "LLM102", "LLM301"}),
        ('ignore = ["LLM101"]', {"select": ["LLM"]}, DEFAULT - {"LLM101"}),
        ('ignore = ["LLM101"]', {"select": ["LLM101"]}, {"LLM101"}),
        ('ignore = ["LLM1"]', {"extend-select": ["LLM101"]}, DEFAULT - {"LLM102"}),
        ("", {"select": ["LLM1"], "ignore": ["LLM101"]}, {"LLM102"}),
        ("", {"extend-ignore": ["LLM1"], "extend-select": ["LLM101"]}, DEFAULT - {"LLM102"}),
    ],
)
def test_the_more_exact_selector_wins_and_the_command_line_goes_before_the_file(
    here: Path, config: str, cli: dict[str, object], enabled: set[str]
) -> None:
    assert settings(config, cli).enabled == enabled


@pytest.mark.parametrize(
    ("config", "cli", "fixable"),
    [
        ("", {}, KNOWN.keys()),
        ('fixable = ["LLM2"]', {}, {"LLM201", "LLM203"}),
        ('unfixable = ["LLM2"]', {}, {"LLM101", "LLM102", "LLM301"}),
        ('fixable = ["LLM201"]\nunfixable = ["LLM2"]', {}, {"LLM201"}),
        ('fixable = ["LLM201"]', {"fixable": ["LLM1"]}, {"LLM101", "LLM102"}),
        ('unfixable = ["LLM201"]', {"unfixable": ["LLM1"]}, {"LLM203", "LLM301"}),
    ],
)
def test_fixable_rules(here: Path, config: str, cli: dict[str, object], fixable: set[str]) -> None:
    assert settings(config, cli).fixable == fixable


def test_per_file_ignores_are_relative_to_the_file_and_match_names_too(here: Path) -> None:
    (here / "sub").mkdir()
    Path("sub/llmlint.toml").write_text(
        '[per-file-ignores]\n"tests/*" = ["LLM1"]\n"gen.py" = ["ALL"]\n"!src/**" = ["LLM301"]\n"docs/" = ["hardcoded-premium-model"]\n',
        encoding="utf-8",
    )
    found = load_settings("sub/x.py", known=KNOWN)

    def off(path: str) -> set[str]:
        return {code for code in DEFAULT if not found.is_enabled(code, path)}

    assert off("sub/src/a.py") == set()
    assert off("sub/a.py") == {"LLM301"}
    assert off("sub/tests/deep/a.py") == {"LLM101", "LLM102", "LLM301"}
    assert off(str(here / "sub/tests/a.py")) == {"LLM101", "LLM102", "LLM301"}
    assert off("tests/a.py") == {"LLM301"}
    assert off("sub/src/gen.py") == DEFAULT
    assert off("sub/docs/deep/a.py") == {"LLM201", "LLM301"}
    assert not found.is_enabled("LLM203", "sub/src/a.py")


def test_patterns_of_the_command_line_are_relative_to_the_working_directory(here: Path) -> None:
    (here / "sub").mkdir()
    Path("sub/llmlint.toml").write_text('per-file-ignores = { "a.py" = ["LLM1"] }\nextend-exclude = ["x/y"]\n', encoding="utf-8")
    cli = {"extend-per-file-ignores": {"sub/b.py": ["LLM201"]}, "extend-exclude": ["sub/z"]}
    found = resolver(cli=cli).for_file("sub/a.py")
    assert not found.is_enabled("LLM101", "sub/a.py")
    assert not found.is_enabled("LLM201", "sub/b.py")
    assert found.is_enabled("LLM201", "sub/a.py")
    assert [(glob.pattern, glob.base) for glob in found.exclude[-2:]] == [("x/y", str(here / "sub")), ("sub/z", str(here))]


def test_the_nearest_file_holds_alone(here: Path) -> None:
    (here / "a/b/c").mkdir(parents=True)
    Path("pyproject.toml").write_text('[tool.llmlint]\nselect = ["LLM1"]\nunsafe-fixes = true\n', encoding="utf-8")
    Path("a/llmlint.toml").write_text('select = ["LLM2"]\n', encoding="utf-8")
    Path("a/b/pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n# not llmlint\n", encoding="utf-8")
    found = resolver()
    assert found.for_file("x.py").enabled == {"LLM101", "LLM102"}
    assert found.for_file("x.py").unsafe_fixes
    assert found.for_file("a/x.py").enabled == {"LLM201", "LLM203"}
    assert not found.for_file("a/x.py").unsafe_fixes
    assert found.for_file("a/b/c/x.py") is found.for_file("a/x.py")
    assert found.for_file(str(here / "a/b/x.py")) is found.for_file("a/b/../x.py")
    assert found.for_file("a/missing/folder/x.py") is found.for_file("a/x.py")
    assert found.for_file("../x.py").source is None


def test_within_a_folder_the_names_have_an_order(here: Path) -> None:
    Path("pyproject.toml").write_text('[tool.llmlint]\nselect = ["LLM101"]\n', encoding="utf-8")
    assert load_settings("a.py", known=KNOWN).enabled == {"LLM101"}
    Path("llmlint.toml").write_text('select = ["LLM102"]\n', encoding="utf-8")
    assert load_settings("a.py", known=KNOWN).enabled == {"LLM102"}
    Path(".llmlint.toml").write_text('select = ["LLM201"]\n', encoding="utf-8")
    assert load_settings("a.py", known=KNOWN).enabled == {"LLM201"}
    assert load_settings(".", known=KNOWN).enabled == {"LLM201"}
    assert load_settings(".", isolated=True, known=KNOWN).enabled == DEFAULT
    assert load_settings(".", {"select": ["LLM301"]}, known=KNOWN).enabled == {"LLM301"}


def test_isolated_reads_nothing_even_if_it_is_broken(here: Path) -> None:
    assert resolver("not toml at all", {"select": ["LLM1"]}, isolated=True).for_file("a.py").enabled == {"LLM101", "LLM102"}


def test_a_named_file_holds_for_everything_and_is_relative_to_the_working_directory(here: Path) -> None:
    (here / "conf").mkdir()
    (here / "sub").mkdir()
    Path("sub/llmlint.toml").write_text('select = ["LLM2"]\n', encoding="utf-8")
    Path("conf/strict.toml").write_text('select = ["LLM301"]\nextend-exclude = ["gen/x"]\n', encoding="utf-8")
    found = SettingsResolver(str(here), {}, False, "conf/strict.toml", known=KNOWN).for_file("sub/x.py")
    assert found.enabled == {"LLM301"}
    assert found.exclude[-1].base == str(here)
    for name, message in (
        ("conf/gone.toml", "cannot be read: No such file or directory"),
        ("conf", "cannot be read: Is a directory"),
    ):
        with pytest.raises(ConfigError) as caught:
            SettingsResolver(str(here), {}, False, name, known=KNOWN)
        assert str(caught.value) == f"{name}: {message}"
    Path("conf/pyproject.toml").write_text("[project]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"no \[tool.llmlint\] table"):
        SettingsResolver(str(here), {}, False, "conf/pyproject.toml", known=KNOWN)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("selekt = []", 'unknown key `selekt`; did you mean "select"?'),
        ("line-length = 100", "unknown key `line-length`"),
        ("select = 'LLM1'", "`select` must be a list of strings, not a string"),
        ("select = [1]", "`select` must be a list of strings, not a list with other values"),
        ('select = ["LLM2033"]', '`select` holds the unknown rule selector "LLM2033"; did you mean "LLM203"?'),
        ('ignore = ["LLM9"]', '`ignore` holds the unknown rule selector "LLM9"'),
        ('ignore = ["llm101"]', '`ignore` holds the unknown rule selector "llm101"; did you mean "LLM101"?'),
        ('ignore = ["uncached-sytem-prompt"]', 'selector "uncached-sytem-prompt"; did you mean "uncached-system-prompt"?'),
        ('ignore = ["L"]', '`ignore` holds the unknown rule selector "L"'),
        ('ignore = [""]', '`ignore` holds the unknown rule selector ""'),
        ("exclude = true", "`exclude` must be a list of strings, not a boolean"),
        ('exclude = ["[a"]', '`exclude` holds the pattern "[a": a `[` without its `]`'),
        ('extend-exclude = ["{a,b"]', '`extend-exclude` holds the pattern "{a,b": a `{` without its `}`'),
        ('exclude = [""]', '`exclude` holds the pattern "": an empty pattern'),
        ('exclude = ["[z-a]"]', '`exclude` holds the pattern "[z-a]": not a valid pattern (bad character range z-a'),
        ("force-exclude = 1", "`force-exclude` must be true or false, not a number"),
        ("unsafe-fixes = 'yes'", "`unsafe-fixes` must be true or false, not a string"),
        ("min-confidence = 'hgih'", '`min-confidence` must be one of "low", "medium", "high", not "hgih"; did you mean "high"?'),
        ("min-confidence = 3", '`min-confidence` must be one of "low", "medium", "high", not a number'),
        ("output-format = 'xml'", '`output-format` must be one of "text", "full", "concise", "json"'),
        (
            "per-file-ignores = []",
            "`per-file-ignores` must be a table of patterns and lists of rules, not a list with other values",
        ),
        ('per-file-ignores = { "a" = "LLM1" }', '`per-file-ignores` of "a" must be a list of strings, not a string'),
        ('per-file-ignores = { "a" = ["X"] }', '`per-file-ignores` of "a" holds the unknown rule selector "X"'),
        ('per-file-ignores = { "![a" = ["LLM1"] }', '`per-file-ignores` holds the pattern "[a"'),
        (
            'batch-module = "app/batches.py"',
            '`batch-module` must be the name of a module, such as llm_batches or app.llm_batches, not "app/batches.py"',
        ),
        (
            'batch-module = "app.class"',
            '`batch-module` must be the name of a module, such as llm_batches or app.llm_batches, not "app.class"',
        ),
        (
            "batch-module = true",
            "`batch-module` must be the name of a module, such as llm_batches or app.llm_batches, not a boolean",
        ),
        ("thresholds = 3", "`thresholds` must be a table, not a number"),
        ("thresholds = { cache-magin = 1 }", 'unknown key `thresholds.cache-magin`; did you mean "cache-margin"?'),
        ("thresholds = { cache-margin = 0.5 }", "`thresholds.cache-margin` must be a number of at least 1, not 0.5"),
        ("thresholds = { cache-margin = nan }", "`thresholds.cache-margin` must be a number of at least 1, not nan"),
        ("thresholds = { cache-margin = inf }", "`thresholds.cache-margin` must be a number of at least 1, not inf"),
        ("thresholds = { cache-margin = true }", "`thresholds.cache-margin` must be a number of at least 1, not a boolean"),
        ("thresholds = { min-fan-out = 0 }", "`thresholds.min-fan-out` must be a whole number of at least 1, not 0"),
        ("thresholds = { min-fan-out = 2.5 }", "`thresholds.min-fan-out` must be a whole number of at least 1, not 2.5"),
        (
            "thresholds = { min-fan-out = 2020-01-01 }",
            "`thresholds.min-fan-out` must be a whole number of at least 1, not a date or time",
        ),
        ("select = [", "not valid TOML: "),
        ("select = []\nselect = []", "not valid TOML: "),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_key_and_file(here: Path, config: str, message: str) -> None:
    found = resolver(config)
    for path in ("a.py", "deep/b.py", "a.py"):
        with pytest.raises(ConfigError) as caught:
            found.for_file(path)
        assert caught.value.path == "llmlint.toml"
        assert message in caught.value.message
        assert str(caught.value) == f"llmlint.toml: {caught.value.message}"
        assert "\n" not in str(caught.value)


def test_a_wrong_pyproject_is_an_error_only_if_it_is_about_us(here: Path) -> None:
    for text, message in (
        ("[tool]\nllmlint = 3\n", "`tool.llmlint` must be a table"),
        ("[tool.llmlint\n", "not valid TOML"),
        ("[tool.llmlint]\nx = 1\n", "unknown key `x`"),
    ):
        Path("pyproject.toml").write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError, match=r"pyproject\.toml: ") as caught:
            load_settings("a.py", known=KNOWN)
        assert message in caught.value.message
    for text in ("[tool.ruff\n", "tool = 3\n", "[project]\nkeywords = ['llmlint']\n", "tool = 'llmlint'\n"):
        Path("pyproject.toml").write_text(text, encoding="utf-8")
        assert load_settings("a.py", known=KNOWN).source is None


def test_bytes_that_are_no_text_are_an_error_and_a_byte_order_mark_is_not(here: Path) -> None:
    Path("llmlint.toml").write_bytes(b"\xef\xbb\xbfunsafe-fixes = true\r\n")
    assert load_settings("a.py", known=KNOWN).unsafe_fixes
    Path("llmlint.toml").write_bytes(b"# \xff\n")
    with pytest.raises(ConfigError, match=r"llmlint\.toml: not valid UTF-8"):
        load_settings("a.py", known=KNOWN)


def test_a_folder_named_like_a_configuration_file_is_none(here: Path) -> None:
    Path("llmlint.toml").mkdir()
    assert settings().source is None


def test_a_wrong_command_line_is_an_error_at_once(here: Path) -> None:
    for overrides, message in (
        ({"select": ["LLM999"]}, '`select` holds the unknown rule selector "LLM999"'),
        ({"extend-exclude": ("[a",)}, "`extend-exclude` holds the pattern"),
        ({"min-confidence": "none"}, "`min-confidence` must be one of"),
    ):
        with pytest.raises(ConfigError) as caught:
            resolver(cli=overrides)
        assert caught.value.path == "command line"
        assert message in caught.value.message


def test_command_line_values_replace_those_of_the_file(here: Path) -> None:
    config = (
        "unsafe-fixes = true\nmin-confidence = 'low'\noutput-format = 'json'\n[thresholds]\ncache-margin = 3\nmin-fan-out = 9\n"
    )
    cli = {"unsafe-fixes": False, "min-confidence": "high", "output-format": "concise", "thresholds": {"min-fan-out": 2}}
    found = settings(config, cli)
    assert (found.unsafe_fixes, found.min_confidence, found.output_format) == (False, Confidence.HIGH, "concise")
    assert found.thresholds == Thresholds(cache_margin=3.0, min_fan_out=2)


def at(path: str, text: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")


def test_errors_of_a_file_come_in_the_order_of_its_lines(here: Path) -> None:
    at("llmlint.toml", 'x = 1\nthresholds.min-fan-out = "a"\n[prices]\n"gpt-5" = { inputt = 1 }\n')
    with pytest.raises(ConfigError) as caught:
        load_settings("a.py", known=KNOWN)
    assert [error.line for error in caught.value.errors] == [1, 2, 4]


def test_a_file_extends_another_whose_patterns_stay_relative_to_it(here: Path) -> None:
    at("base/ruff.toml", 'min-confidence = "low"\nexclude = ["a/b"]\nextend-exclude = ["c/d"]\n[thresholds]\ncache-margin = 3\n')
    at("base/llmlint.toml", 'extend = "ruff.toml"\nper-file-ignores = { "x.py" = ["LLM1"] }\nunsafe-fixes = true\n')
    at(
        "pkg/llmlint.toml",
        'extend = "$BASE/llmlint.toml"\nunsafe-fixes = false\nextend-exclude = ["e"]\n[thresholds]\nmin-fan-out = 9\n',
    )
    os.environ["BASE"] = "../base"
    try:
        found = load_settings("pkg/a.py", known=KNOWN)
    finally:
        del os.environ["BASE"]
    assert (found.min_confidence, found.unsafe_fixes) == (Confidence.LOW, False)
    assert found.thresholds == Thresholds(cache_margin=3.0, min_fan_out=9)
    base, own = str(here / "base"), str(here / "pkg")
    assert [(glob.pattern, glob.base) for glob in found.exclude] == [("a/b", base), ("c/d", base), ("e", own)]
    assert [entry.glob.base for entry in found.per_file_ignores] == [base]
    assert (found.root, found.source) == (own, str(here / "pkg" / "llmlint.toml"))


@pytest.mark.parametrize(
    ("base", "own", "enabled"),
    [
        ('ignore = ["LLM101"]', "", DEFAULT - {"LLM101"}),
        ('ignore = ["LLM101"]', 'ignore = ["LLM102"]', DEFAULT - {"LLM101", "LLM102"}),
        ('ignore = ["LLM101"]', 'extend-select = ["LLM101"]', DEFAULT),
        ('ignore = ["LLM101"]', 'select = ["LLM1"]', {"LLM101", "LLM102"}),
        ('select = ["LLM1"]\nextend-select = ["LLM301"]', 'select = ["LLM2"]', {"LLM201", "LLM203"}),
        ('select = ["LLM1"]', 'extend-select = ["LLM301"]', {"LLM101", "LLM102", "LLM301"}),
        ('extend-select = ["LLM203"]', 'ignore = ["LLM203"]', DEFAULT),
        ('select = ["LLM101"]', 'ignore = ["LLM101"]', set()),
    ],
)
def test_selectors_of_an_extended_file(here: Path, base: str, own: str, enabled: set[str]) -> None:
    at("base.toml", base)
    assert settings(f'extend = "base.toml"\n{own}\n').enabled == enabled


@pytest.mark.parametrize(
    ("files", "path", "line", "message"),
    [
        ({"llmlint.toml": 'extend = "gone.toml"'}, "llmlint.toml", 1, "`extend` names gone.toml: cannot be read: No such file"),
        ({"llmlint.toml": 'extend = "llmlint.toml"'}, "llmlint.toml", 1, "`extend` leads in a circle"),
        ({"llmlint.toml": '\nextend = "b.toml"', "b.toml": 'extend = "llmlint.toml"'}, "b.toml", 1, "`extend` leads in a circle"),
        ({"llmlint.toml": 'extend = "b.toml"', "b.toml": "\n\nx = 1"}, "b.toml", 3, "unknown key `x`"),
        (
            {"llmlint.toml": 'extend = "pyproject.toml"', "pyproject.toml": "[project]"},
            "llmlint.toml",
            1,
            "has no [tool.llmlint] table",
        ),
        ({"llmlint.toml": "extend = 3"}, "llmlint.toml", 1, "`extend` must be the path of a configuration file, not a number"),
        (
            {"llmlint.toml": "x = 1\nrequired-version = '>=99'"},
            "llmlint.toml",
            2,
            "`required-version` is `>=99`, and this is llmlint",
        ),
        (
            {"llmlint.toml": "required-version = 'new'"},
            "llmlint.toml",
            1,
            "`required-version` must be a version or version specifiers",
        ),
    ],
)
def test_what_is_wrong_with_extending(here: Path, files: dict[str, str], path: str, line: int, message: str) -> None:
    for name, text in files.items():
        at(name, text)
    with pytest.raises(ConfigError) as caught:
        load_settings("a.py", known=KNOWN)
    (error,) = caught.value.errors
    assert (error.path, error.line) == (path, line)
    assert message in error.message


def test_all_that_is_wrong_is_said_with_its_line(here: Path) -> None:
    at(
        "pyproject.toml",
        """\
[project]
description = '''
[tool.llmlint]
selekt = 1
'''

[tool.llmlint]
"select" = [
    "LLM1",
    "LLM999",
]
thresholds.cache-margin = 2
min-confidence = "sure"
per-file-ignores."a/*" = ["LLM1"]
per-file-ignores."b/*" = ["LLM998"]
selekt = 1

[tool.ruff]
selekt = 1
""",
    )
    with pytest.raises(ConfigError) as caught:
        load_settings("a.py", known=KNOWN)
    assert [(each.line, each.message.split(" ")[0]) for each in caught.value.errors] == [
        (10, "`select`"),
        (13, "`min-confidence`"),
        (15, "`per-file-ignores`"),
        (16, "unknown"),
    ]
    at("pyproject.toml", "[tool.llmlint]\nselect = []\n[tool.llmlint.thresholds]\n# min-fan-out\nmin-fan-out = 0\n")
    with pytest.raises(ConfigError) as caught:
        load_settings("a.py", known=KNOWN)
    assert [each.line for each in caught.value.errors] == [5]
    at("pyproject.toml", "[tool.llmlint]\nselect = []\n\nselect = []\n")
    with pytest.raises(ConfigError, match="not valid TOML") as caught:
        load_settings("a.py", known=KNOWN)
    assert [each.line for each in caught.value.errors] == [4]


def test_inline_settings_go_before_files_and_behind_the_command_line(here: Path) -> None:
    at("llmlint.toml", "ignore = ['LLM101']\nunsafe-fixes = true\n[thresholds]\ncache-margin = 3\n")
    inline = {"ignore": ["LLM102"], "min-confidence": "low", "thresholds": {"min-fan-out": 7}, "exclude": ["x/y"]}
    found = SettingsResolver(os.getcwd(), {"min-confidence": "high"}, known=KNOWN, inline=inline).for_file("a.py")
    assert found.enabled == DEFAULT - {"LLM101", "LLM102"}
    assert (found.min_confidence, found.unsafe_fixes) == (Confidence.HIGH, True)
    assert found.thresholds == Thresholds(cache_margin=3.0, min_fan_out=7)
    assert [(glob.pattern, glob.base) for glob in found.exclude] == [("x/y", str(here))]
    with pytest.raises(ConfigError, match="--config: unknown key `x`"):
        SettingsResolver(os.getcwd(), known=KNOWN, inline={"x": 1})
    with pytest.raises(ConfigError, match="--config: `required-version` is `>=99`, and this is llmlint"):
        SettingsResolver(os.getcwd(), known=KNOWN, inline={"required-version": ">=99"})
    with pytest.raises(ConfigError, match="--config: `extend` cannot be given by --config"):
        SettingsResolver(os.getcwd(), known=KNOWN, inline={"extend": "other.toml"})


def test_config_takes_one_file_and_any_number_of_settings(here: Path) -> None:
    at("a=b.toml", "")
    assert split_config(["c.toml", "thresholds.min-fan-out = 3", "thresholds.cache-margin = 2"]) == (
        "c.toml",
        {"thresholds": {"min-fan-out": 3, "cache-margin": 2}},
    )
    assert split_config(["a=b.toml"]) == ("a=b.toml", {})
    for values, message in ((["a", "b"], "names two files, a and b"), (["x = y"], '"x = y" is neither a file nor a setting')):
        with pytest.raises(ConfigError, match=message):
            split_config(values)


@pytest.mark.parametrize(
    ("version", "specifier", "does_fit"),
    [
        ("0.1.0", "0.1", True),
        ("0.1.0", "==0.1.0", True),
        ("0.1.1", "0.1", False),
        ("0.10.0", ">=0.9", True),
        ("1.0.0", ">=0.9, <1", False),
        ("1.0.0rc1", "~=1.0", True),
        ("2.0", "~=1.0", False),
        ("1.4.9", "~=1.4.2", True),
        ("1.5.0", "~=1.4.2", False),
        ("1.5.0", "==1.*", True),
        ("2.5.0", "!=1.*,>1", True),
        ("1.5.0", "!=1.5", False),
    ],
)
def test_version_specifiers(version: str, specifier: str, does_fit: bool) -> None:
    assert is_specifier(specifier)
    assert fits(version, specifier) is does_fit


@pytest.mark.parametrize("text", ["", "new", ">=", "~=1", ">1.*", "1,,2", "=>1"])
def test_what_is_no_version_specifier(text: str) -> None:
    assert not is_specifier(text)


def test_a_path_may_have_more_folders_than_python_has_frames(here: Path) -> None:
    assert resolver().for_file("d/" * 1900 + "x.py").enabled == DEFAULT


def test_importing_the_settings_loads_no_parser(here: Path) -> None:
    program = (
        "import sys, os\n"
        "from llmlint.config.settings import SettingsResolver\n"
        "SettingsResolver(os.getcwd(), known={}).for_file('a.py')\n"
        "print([name for name in ('tomllib', 'tomli', 'libcst', 'pathspec', 'difflib') if name in sys.modules])\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=here,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
    )
    assert run.stdout == "[]\n"
