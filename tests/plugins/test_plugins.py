"""The example of a plugin as it is installed: its metadata lies beside its package on the path of imports, and llmlint is a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / "examples" / "plugin"

CALLS = """\
from acme_llm import Gateway

gateway = Gateway()


def run(items):
    for item in items:
        print(gateway.ask(model="claude-opus-5-5", messages=item, team="search"))
    gateway.ask(model="claude-haiku-5-5", messages="hello")
"""


@dataclass
class Installed:
    """An environment with the example, and a folder with a file to lint."""

    site: Path
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def install(self, version: str = "1.0.0") -> None:
        """As an installer does it, from the project's own metadata."""
        project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
        info = self.site / f"{project['name'].replace('-', '_')}-{version}.dist-info"
        shutil.copytree(EXAMPLE / "llmlint_acme", self.site / "llmlint_acme", dirs_exist_ok=True)
        info.mkdir(parents=True)
        urls = "".join(f"Project-URL: {name}, {url}\n" for name, url in project["urls"].items())
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {version}\n{urls}\nText\n")
        self.enter(info, project["entry-points"])

    def enter(self, info: Path, groups: dict[str, dict[str, str]]) -> None:
        lines = [
            line for group, named in groups.items() for line in (f"[{group}]", *(f"{a} = {b}" for a, b in named.items()), "")
        ]
        (info / "entry_points.txt").write_text("\n".join(lines))

    def add(self, name: str, groups: dict[str, dict[str, str]], **modules: str) -> None:
        """Another plugin: a package by its name, with modules."""
        info = self.site / f"{name}-2.0.dist-info"
        info.mkdir(parents=True)
        self.enter(info, groups)
        for module, text in modules.items():
            (self.site / f"{module}.py").write_text(text)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(self.site), os.environ.get("PYTHONPATH", str(ROOT))])
        environment = {**os.environ, "PYTHONPATH": path, "COLUMNS": "200", **self.environment}
        command = [sys.executable, "-P"] if sys.version_info >= (3, 11) else [sys.executable]
        return subprocess.run(
            [*command, "-m", "llmlint", *arguments], cwd=self.folder, env=environment, capture_output=True, text=True, timeout=60
        )

    def found(self, *arguments: str) -> set[tuple[str, str]]:
        """Code and line of all findings."""
        ended = self.run("--output-format", "concise", *arguments)
        assert ended.returncode in (0, 1), ended.stderr
        rows = [line.split(":") for line in ended.stdout.splitlines() if line.startswith("app.py:")]
        return {(row[3].split()[0], row[1]) for row in rows}


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    found = Installed(tmp_path / "site", tmp_path / "project")
    found.site.mkdir()
    found.folder.mkdir()
    (found.folder / "app.py").write_text(CALLS)
    found.install()
    return found


def test_rule_sdk_and_format_of_a_plugin_work_like_those_of_llmlint(installed: Installed) -> None:
    assert installed.found() == {("ACME101", "9"), ("LLM201", "8"), ("LLM301", "7")}
    assert "the gateway's nightly queue" in installed.run("--select", "LLM301").stdout
    ended = installed.run("--output-format", "acme-csv", "--select", "ACME101")
    assert ended.stdout.splitlines() == [
        "path,line,code,confidence,message",
        "app.py,9,ACME101,high,no team is charged for this call",
    ]
    assert ended.stderr == ""
    assert "What no team is charged for, nobody saves." in installed.run("rule", "ACME101").stdout
    assert "app.py:8:15: acme.ask ask, claude-opus-5-5" in installed.run("sites").stdout


def test_selectors_comments_and_addresses_know_the_rules_of_plugins(installed: Installed) -> None:
    assert installed.found("--ignore", "ACME") == {("LLM201", "8"), ("LLM301", "7")}
    assert installed.found("--select", "ACME1") == {("ACME101", "9")}
    assert installed.found("--select", "call-without-team") == {("ACME101", "9")}
    assert '"helpUri": "https://example.com/llmlint-acme"' in installed.run("--output-format", "sarif").stdout
    code = CALLS.replace('messages="hello")', 'messages="hello")  # llmlint: ignore[ACME101]')
    (installed.folder / "app.py").write_text(code)
    assert installed.found("--select", "ACME,LLM001") == set()


def test_without_plugins_nothing_of_them_is_known(installed: Installed) -> None:
    installed.environment["LLMLINT_NO_PLUGINS"] = "1"
    assert installed.found() == set()
    assert installed.run("--select", "ACME101").returncode == 2
    assert installed.run("--output-format", "acme-csv").returncode == 2


def test_a_plugin_of_another_name_is_not_looked_at(installed: Installed) -> None:
    [info] = installed.site.glob("*.dist-info")
    info.rename(installed.site / "acme_tools-1.0.0.dist-info")
    assert installed.found() == set()


def test_the_cache_knows_versions_and_files_of_plugins(installed: Installed) -> None:
    (installed.folder / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    os.utime(installed.folder / "app.py", (1_700_000_000, 1_700_000_000))
    os.utime(installed.folder / "pyproject.toml", (1_700_000_000, 1_700_000_000))
    rule = installed.site / "llmlint_acme" / "call_without_team.py"
    assert ("ACME101", "9") in installed.found()
    assert ("ACME101", "9") in installed.found()
    rule.write_text(rule.read_text().replace('call.provider != "acme" or', 'call.provider == "acme" or'))
    assert ("ACME101", "9") not in installed.found()
    gateway = installed.site / "llmlint_acme" / "gateway.py"
    gateway.write_text(
        gateway.read_text().replace('Method(("ask",), _API)', 'Method(("asks",), _API)').replace('("ask",', '("asks",')
    )
    assert installed.found() == set()


BROKEN = [
    (
        {"llmlint.rules": {"beta101_x": "no_such_module"}},
        "",
        "`beta101_x` of llmlint.rules cannot be loaded: ModuleNotFoundError",
    ),
    ({"llmlint.rules": {"beta101_x": "beta"}}, "raise SystemError('no\\nway')", "cannot be loaded: SystemError: no way"),
    ({"llmlint.rules": {"beta101_x": "beta"}}, "", "registers no rule with the code BETA101 and the name x"),
    ({"llmlint.rules": {"llm101_x": "beta"}}, "", "such as `acme101_call_without_team` (codes with LLM are llmlint's own)"),
    ({"llmlint.rules": {"Beta": "beta"}}, "", "is not named after a code and the name of a rule"),
    ({"llmlint.rules": {"acme101_other": "beta"}}, "", "has the name of another one, of plugin llmlint-acme 1.0.0"),
    (
        {"llmlint.rules": {"beta101_x": "beta"}},
        "from llmlint.rules.registry import rule\n@rule('LLM101', 'x', applicability=None)\ndef check(call, context):\n    yield\n",
        "cannot be loaded: ValueError: LLM101 is a code of llmlint's own rules",
    ),
    (
        {"llmlint.rules": {"beta101_x": "beta"}},
        "from llmlint.rules.registry import rule\n@rule('BETA101', 'x', applicability=None)\ndef check(call, context):\n    yield 1 / 0\n",
        "plugin llmlint-beta 2.0: `beta101_x` failed: ZeroDivisionError: division by zero",
    ),
    ({"llmlint.sdks": {"beta": "beta:SDK"}}, "SDK = 3", "`beta` of llmlint.sdks is int and not an Sdk"),
    ({"llmlint.sdks": {"openai": "llmlint_acme.gateway:SDK"}}, "", "`openai` of llmlint.sdks is called acme"),
    ({"llmlint.sdks": {"openai": "llmlint.sdks.openai:SDK"}}, "", "`openai` of llmlint.sdks has the name of an SDK of llmlint"),
    (
        {"llmlint.sdks": {"beta": "beta:SDK"}},
        "from llmlint_acme.gateway import SDK\nSDK = SDK._replace(name='beta', evidence=())",
        "has methods without evidence",
    ),
    ({"llmlint.formats": {"json": "beta:render"}}, "", "`json` of llmlint.formats has the name of a format of llmlint"),
    ({"llmlint.formats": {"A B": "beta:render"}}, "", "is not named in small letters, digits and hyphens"),
]


@pytest.mark.parametrize(("groups", "text", "said"), BROKEN)
def test_a_fault_of_a_plugin_is_named_and_does_not_end_the_run(
    installed: Installed, groups: dict[str, dict[str, str]], text: str, said: str
) -> None:
    installed.add("llmlint_beta", groups, beta=text)
    for _ in range(1 if text else 2):  # The second time from the cache, if anything were there.
        ended = installed.run("--output-format", "concise")
        assert said in ended.stderr
        assert "llmlint-beta 2.0" in ended.stderr
        assert ended.returncode == 2
        assert "Traceback" not in ended.stderr
        assert {"ACME101", "LLM201", "LLM301"} <= {word for line in ended.stdout.splitlines() for word in line.split()}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def render(report, *, color):\n    raise KeyError('x')\n", "`beta` of llmlint.formats failed: KeyError: 'x'"),
        ("def render(report, *, color):\n    return 3\n", "`beta` of llmlint.formats returned int and not a text"),
        ("", "`beta` of llmlint.formats cannot be loaded: AttributeError"),
    ],
)
def test_where_a_format_fails_findings_are_printed_as_text(installed: Installed, text: str, said: str) -> None:
    installed.add("llmlint_beta", {"llmlint.formats": {"beta": "beta:render"}}, beta=text)
    ended = installed.run("--output-format", "beta")
    assert said in ended.stderr
    assert "ACME101 no team is charged" in ended.stdout
    assert ended.returncode == 2


def test_an_sdk_may_read_its_requests_itself(installed: Installed) -> None:
    gateway = installed.site / "llmlint_acme" / "gateway.py"
    reader = (
        "\n\ndef read_prompt(arguments, method):\n"
        "    from llmlint.providers.base import no_prompt\n\n"
        "    if 'FAIL' in arguments.program.source('app.py').text:\n        raise KeyError(1)\n"
        "    return no_prompt(arguments)\n"
    )
    gateway.write_text(gateway.read_text() + reader)
    book = '"Answer from this handbook, and from nothing else. " * 900'
    (installed.folder / "app.py").write_text(CALLS.replace("team=", f"system={book}, team="))
    assert "LLM101" not in {code for code, _ in installed.found()}
    (installed.folder / "app.py").write_text(f"{CALLS}# FAIL\n".replace("team=", f"system={book}, team="))
    ended = installed.run()
    assert "plugin llmlint-acme 1.0.0: `acme` failed: KeyError: 1" in ended.stderr
    assert ended.returncode == 2


def test_start_up_imports_no_plugin_and_no_metadata_where_no_file_holds_a_call(installed: Installed) -> None:
    (installed.folder / "app.py").write_text("x = 1\n")
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom llmlint.cli import cli\n"
        "CliRunner().invoke(cli, ['check', '.'])\n"
        "print(sorted({'importlib.metadata', 'llmlint_acme.call_without_team', 'llmlint_acme.csv_report'} & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(installed.site), os.environ.get("PYTHONPATH", str(ROOT))])}
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=installed.folder, env=environment, capture_output=True, text=True, timeout=60
    )
    assert ended.stdout.strip().splitlines()[-1] == "[]", ended.stderr
