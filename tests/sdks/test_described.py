"""Clients that the configuration describes: which calls are theirs, how their requests are read, and what is said of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from llmlint import sdks
from llmlint.cache.run import check
from llmlint.cache.store import Cache
from llmlint.callsite import CallSite
from llmlint.config.schema import CLIENT_KEYS
from llmlint.config.settings import ConfigError, SettingsResolver
from llmlint.discover.prefilter import may_hold_call
from llmlint.discover.project import ask
from llmlint.docs.settings import SETTINGS, schema_text
from llmlint.findings import Confidence, Finding
from llmlint.rules.registry import known_rules
from llmlint.run.engine import Run

GATEWAY = '[clients."acme.llm.Gateway"]\nmethod = "ask"\n'
HANDBOOK = 'BOOK = "Answer from this handbook, and from nothing else. " * 900\n'


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    sdks.describe(())


@dataclass
class Tree:
    """A folder with a configuration."""

    root: Path

    def write(self, **files: str) -> None:
        """Files by their names, in which `__` stands for a slash, and the configuration as `config`."""
        for name, text in files.items():
            path = self.root / ("llmlint.toml" if name == "config" else f"{name.replace('__', '/')}.py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def run(self) -> Run:
        settings = SettingsResolver(".", known=known_rules())
        return Run.of_paths(["."], settings, known_rules())

    def sites(self) -> dict[str, list[CallSite]]:
        found = {path: list(sites) for path, sites in self.run().call_sites() if isinstance(sites, tuple)}
        return {path: sites for path, sites in found.items() if sites}

    def site(self) -> CallSite:
        [[found]] = self.sites().values()
        return found

    def findings(self) -> tuple[Finding, ...]:
        lint = self.run().lint()
        assert not lint.errors
        return lint.findings


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    monkeypatch.chdir(tmp_path)
    return Tree(tmp_path)


@pytest.mark.parametrize(
    "code",
    [
        "from acme.llm import Gateway\ngateway = Gateway()\ngateway.ask(messages='hello')",
        "from acme.llm import Gateway\nGateway().ask(messages='hello')",
        "import acme.llm\nacme.llm.Gateway().ask(messages='hello')",
        "from acme.llm.gateway import Gateway\nGateway().ask(messages='hello')",
        "from acme.llm import Gateway as G\ndef run(g: G):\n    return g.ask(messages='hello')",
        "from acme.llm import Gateway\nclass Mine(Gateway):\n    pass\nMine().ask(messages='hello')",
        "from acme.llm import Gateway\nclass Service:\n    def __init__(self):\n        self.llm = Gateway()\n"
        "    def run(self):\n        return self.llm.ask(messages='hello')",
    ],
)
def test_a_method_of_a_described_class_is_a_call(tree: Tree, code: str) -> None:
    tree.write(config=GATEWAY, app=code)
    site = tree.site()
    assert (site.richest.provider, site.richest.client) == ("acme.llm.Gateway", "Gateway")


@pytest.mark.parametrize(
    "code",
    [
        "from acme.other import Gateway\nGateway().ask(messages='hello')",
        "from acmes.llm import Gateway\nGateway().ask(messages='hello')",
        "from acme.llm import Gateway\nGateway().tell(messages='hello')",
        "from acme.llm import Other\nOther().ask(messages='hello')",
        "def run(person):\n    person.ask(model='gpt-4', messages='hello')",
        "class Gateway:\n    def ask(self, messages):\n        return 1\nGateway().ask(messages='hello')",
        "# Gateway().ask(messages='hello')",
    ],
)
def test_another_class_or_method_is_none(tree: Tree, code: str) -> None:
    tree.write(config=GATEWAY, app=code)
    assert tree.sites() == {}


@pytest.mark.parametrize(
    "code",
    [
        "from acme.llm import ask\nask(messages='hello')",
        "from acme.llm import ask as question\nquestion(messages='hello')",
        "from acme import llm\nllm.ask(messages='hello')",
        "import acme.llm\nacme.llm.ask(messages='hello')",
        "from acme.llm.calls import ask\n[ask(messages=each) for each in range(9)]",
    ],
)
def test_a_described_function_is_a_call(tree: Tree, code: str) -> None:
    tree.write(config='[clients."acme.llm.ask"]\n', app=code)
    assert tree.site().richest.provider == "acme.llm.ask"


@pytest.mark.parametrize(
    "code", ["from acme.other import ask\nask(messages='hello')", "def ask(messages): ...\nask(messages='hello')"]
)
def test_another_function_of_the_same_name_is_none(tree: Tree, code: str) -> None:
    tree.write(config='[clients."acme.llm.ask"]\n', app=code)
    assert tree.sites() == {}


def test_code_of_the_project_is_described_by_where_it_can_be_imported_from_and_its_own_calls_do_not_count(tree: Tree) -> None:
    tree.write(
        config='[clients."acme.llm.Gateway"]\nmethod = "ask"\n[clients."acme.short.ask"]\n',
        src__acme__llm____init__="from acme.llm.client import Gateway\n",
        src__acme__llm__client="import anthropic\nclass Gateway:\n    def ask(self, messages):\n        return self.send(messages)\n"
        "    def send(self, messages):\n"
        "        return anthropic.Anthropic().messages.create(model='claude-opus-5-5', max_tokens=9, messages=messages)\n",
        src__acme__short="import openai\ndef ask(messages):\n    return openai.OpenAI().responses.create(model='gpt-4', input=messages)\n",
        jobs="from acme.llm import Gateway\nfrom acme.short import ask\nGateway().ask(messages='hello')\nask(messages='hello')\n",
    )
    found = tree.sites()
    assert [site.richest.provider for site in found["jobs.py"]] == ["acme.llm.Gateway", "acme.short.ask"]
    assert list(found) == ["jobs.py"]


def test_arguments_have_the_names_that_the_description_gives_them(tree: Tree) -> None:
    tree.write(
        config=f'{GATEWAY}model = "engine"\nsystem = "instructions"\nmessages = "question"\nmax-tokens = "limit"\npositional = ["question"]\n',
        app="from acme.llm import Gateway\ngateway = Gateway(engine='gpt-4')\n"
        "def run(q):\n    return gateway.ask(q, instructions='Be brief.', limit=5, model='no model')\n",
    )
    request = tree.site().richest
    assert [model.spelling for model in request.models] == ["gpt-4"]
    assert [(segment.kind, segment.text) for segment in request.prompt.segments] == [("system", "Be brief."), ("message", "")]
    assert request.has("max_tokens")
    assert not request.has("limit")
    assert {"messages", "system", "max_tokens"} == request.written.keys()


def test_messages_may_be_a_list_with_roles_and_blocks(tree: Tree) -> None:
    tree.write(
        config=f'{GATEWAY}like = "anthropic"\n',
        app="from acme.llm import Gateway\n"
        "Gateway().ask(messages=[{'role': 'system', 'content': [{'type': 'text', 'text': 'Hi', 'cache_control': {'type': 'ephemeral'}}]},"
        " {'role': 'user', 'content': 'Who?'}])\n",
    )
    prompt = tree.site().richest.prompt
    assert [(segment.kind, segment.text) for segment in prompt.segments] == [("system", "Hi"), ("message", "Who?")]
    assert prompt.has_breakpoint
    assert prompt.segments[0].has_breakpoint


def job(model: str = "claude-opus-5-5") -> str:
    return (
        f"from acme.llm import Gateway\n{HANDBOOK}gateway = Gateway()\ndef run(items):\n    for item in items:\n"
        f"        print(gateway.ask(model={model!r}, system=BOOK, messages=item))\n"
    )


@pytest.mark.parametrize(
    ("keys", "codes"),
    [
        ("", {"LLM201"}),
        ('like = "anthropic"\n', {"LLM101", "LLM201"}),
        ('like = "anthropic"\ncaching = false\n', {"LLM201"}),
        ('like = "anthropic"\nbatches = true\n', {"LLM101", "LLM201", "LLM301"}),
        ("batches = true\n", {"LLM201", "LLM301"}),
    ],
)
def test_rules_say_what_the_description_allows_and_fix_nothing(tree: Tree, keys: str, codes: set[str]) -> None:
    tree.write(config=GATEWAY + keys, app=job())
    found = tree.findings()
    assert {finding.code for finding in found} == codes
    assert all(finding.fix is None and finding.confidence <= Confidence.MEDIUM for finding in found)
    for finding in found:
        if finding.code == "LLM301":
            assert "through the batch API of `Gateway`" in (finding.help or "")


def test_a_description_in_any_folder_holds_for_the_whole_program_and_the_outermost_counts(tree: Tree) -> None:
    tree.write(app=job())
    (tree.root / "inner").mkdir()
    (tree.root / "inner" / "llmlint.toml").write_text(GATEWAY)
    (tree.root / "inner" / "other.py").write_text("x = 1\n")
    assert [site.richest.offers.batch for site in tree.sites()["app.py"]] == [None]
    tree.write(config=f"{GATEWAY}batches = true\n")
    assert [site.richest.offers.batch for site in tree.sites()["app.py"]] == ["the batch API of `Gateway`"]


def test_what_is_not_described_any_more_is_forgotten(tree: Tree) -> None:
    tree.write(config=GATEWAY, app=job())
    described = tree.run()
    (tree.root / "llmlint.toml").write_text("")
    plain = tree.run()
    assert not may_hold_call(job().encode())
    assert {path for path, sites in plain.call_sites() if sites} == set()
    assert [path for path, sites in described.call_sites() if sites] == ["app.py"]
    assert may_hold_call(job().encode())


def test_the_cache_knows_that_a_client_was_described_since(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> None:
    tree.write(app=job(), config="")
    (tree.root / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    cache = Cache(str(tmp_path_factory.mktemp("cache")))
    old = tree.root / "app.py"
    os.utime(old, (1_700_000_000, 1_700_000_000))

    def codes() -> set[str]:
        settings = SettingsResolver(".", known=known_rules())
        [asked] = ask(["."], settings)
        checked = check(asked, settings, known_rules, cache)
        checked.remember()
        return {finding.code for finding in checked.lint.findings}

    assert codes() == set()
    tree.write(config=GATEWAY)
    assert codes() == {"LLM201"}
    tree.write(config=f'{GATEWAY}like = "anthropic"\n')
    assert codes() == {"LLM101", "LLM201"}
    tree.write(config="")
    assert codes() == set()


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ('[clients."acme.Gateway"]\nmethd = "ask"\n', 'unknown key `clients."acme.Gateway".methd`; did you mean "method"?', 2),
        ('[clients."acme.Gateway"]\n\nlike = "opneai"\n', 'not "opneai"; did you mean "openai"?', 3),
        ('[clients."acme.Gateway"]\nmethod = []\n', '`clients."acme.Gateway".method` must name a method', 2),
        ('[clients."acme.Gateway"]\nmethod = ["a", "b-c"]\n', 'must be a name of Python, not "b-c"', 2),
        ('[clients."acme.Gateway"]\nmodel = ""\n', 'must be a name of Python, not ""', 2),
        ('[clients."acme.Gateway"]\nsystem = "class"\n', 'must be a name of Python, not "class"', 2),
        ('[clients."acme.Gateway"]\npositional = "a"\n', "must be a list of strings, not a string", 2),
        ('[clients."acme.Gateway"]\nbatches = 1\n', "must be true or false, not a number", 2),
        ("[clients]\nGateway = {}\n", '`clients` names "Gateway", which must be the qualified name of a class or function', 2),
        ('[clients]\n"a.b" = 3\n', '`clients."a.b"` must be a table, not a number', 2),
        ("clients = 3\n", "`clients` must be a table, not a number", 1),
    ],
)
def test_wrong_descriptions_are_named_with_their_line(tree: Tree, text: str, message: str, line: int) -> None:
    tree.write(config=text)
    with pytest.raises(ConfigError) as raised:
        SettingsResolver(".", known=known_rules()).for_directory(".")
    [error] = raised.value.errors
    assert message in error.message
    assert (error.path, error.line) == ("llmlint.toml", line)


def test_the_schema_and_the_documentation_name_all_keys() -> None:
    [setting] = [each for each in SETTINGS if each.key == "clients"]
    assert all(f"`{key}`" in setting.text for key in CLIENT_KEYS)
    schema = json.loads(schema_text([]))["properties"]["clients"]["additionalProperties"]
    assert schema["properties"].keys() == CLIENT_KEYS.keys()
    assert schema["properties"]["like"]["enum"] == list(sdks.LIKE)
    assert all(schema["properties"].values())


def test_workers_that_were_not_forked_know_the_descriptions() -> None:
    code = (
        "import multiprocessing\n"
        "from llmlint import sdks\n"
        "from llmlint.run import workers\n"
        "from llmlint.discover.prefilter import may_hold_call\n"
        "if __name__ == '__main__':\n"
        "    real = multiprocessing.get_context\n"
        "    multiprocessing.get_context = lambda name: real('spawn')\n"
        "    sdks.describe((('acme.llm.Gateway', (('method', ('ask',)),)),))\n"
        "    print(list(workers.share(may_hold_call, [b'x.ask(y)'] * 2, 1, 1)))\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ended.stdout.strip() == "[True, True]", ended.stderr
