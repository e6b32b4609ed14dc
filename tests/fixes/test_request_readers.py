"""Code that reads a request as it was before a fix writes a cache breakpoint: it is named in the title, and the fix is unsafe."""

from __future__ import annotations

import pathlib

import pytest

from llmlint.config.settings import SettingsResolver
from llmlint.findings import Applicability, Fix
from llmlint.rules.registry import known_rules
from llmlint.run.engine import Run

DESK = """\
import anthropic

client = anthropic.Anthropic()
RULES = "You are a careful reviewer of contracts, who names each clause that is unusual. " * 200


def answer(question: str) -> str:
    response = client.messages.create(
        model="claude-sonnet-5-5", max_tokens=500, system=RULES, messages=[{"role": "user", "content": question}]
    )
    return response.content[0].text


def main(questions: list[str]) -> None:
    for question in questions:
        print(answer(question))
"""
AGENT = """\
import anthropic

client = anthropic.Anthropic()


def run(question: str, tools: list) -> None:
    messages = [{"role": "user", "content": question}]
    while True:
        response = client.messages.create(model="claude-sonnet-5-5", max_tokens=500, tools=tools, messages=messages)
        messages.append({"role": "assistant", "content": response.content})
        if response.stop_reason != "tool_use":
            break
        messages.append({"role": "user", "content": results(response)})
"""
CLOCK = """\
import datetime

import anthropic

client = anthropic.Anthropic()
RULES = "You are a careful reviewer of contracts, who names each clause that is unusual. " * 200


def answer(question: str) -> str:
    response = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=500,
        system=f"It is {datetime.datetime.now()}.\\n\\n{RULES}",
        messages=[{"role": "user", "content": question}],
    )
    return response.content[0].text


def main(questions: list[str]) -> None:
    for question in questions:
        print(answer(question))
"""
COSTS = """\
def cost(usage):
    return usage.input_tokens * 3 / 1_000_000 + usage.output_tokens * 15 / 1_000_000
"""


def fix_of(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch, code: str, **files: str) -> Fix:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.chdir(folder)
    settings = SettingsResolver(".", {"select": [code]}, True, known=known_rules())
    lint = Run.of_paths(["."], settings, known_rules()).lint()
    assert not lint.errors
    [fix] = [finding.fix for finding in lint.findings if finding.fix is not None]
    return fix


@pytest.mark.parametrize(
    "test",
    [
        'assert client.calls[0].kwargs["system"] == "You are"',
        'assert call.kwargs.get("system").startswith("You")',
        'assert create.call_args[1]["system"] == desk.RULES',
        'self.assertEqual(sent["system"], desk.RULES)',
        'assert "system=RULES" in inspect.getsource(desk)',
        'self.assertIn("system=RULES", source)',
        "create.assert_called_once_with(model=ANY, system=desk.RULES, messages=ANY)",
        "assert create.call_args.kwargs == {**BASE, 'system': desk.RULES}",
        "assert expected('system') == create.call_args.kwargs",
        "self.assertEqual(create.call_args.kwargs, expected('system'))",
        "assert create.call_args.kwargs == snapshot('system')",
        "_, kwargs = create.call_args\n    assert kwargs == with_system",
    ],
)
def test_a_test_that_reads_the_system_prompt(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, test: str) -> None:
    fix = fix_of(tmp_path, monkeypatch, "LLM101", desk=DESK, test_desk=f"import desk\n\n\ndef test_it(self):\n    {test}\n")
    assert fix.applicability is Applicability.UNSAFE
    assert fix.message.endswith("; test_desk.py reads it as a string")


@pytest.mark.parametrize(
    "test",
    ["assert desk.answer('Why?') == 'system'", "if kwargs == system:\n        pass", "assert 'system' in settings"],
)
def test_other_tests(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, test: str) -> None:
    fix = fix_of(tmp_path, monkeypatch, "LLM101", desk=DESK, test_desk=f"import desk\n\n\ndef test_it(self):\n    {test}\n")
    assert fix.applicability is Applicability.SAFE
    assert ";" not in fix.message


@pytest.mark.parametrize(("code", "text"), [("LLM101", DESK), ("LLM102", CLOCK), ("LLM105", AGENT)])
def test_costs_that_are_computed_from_input_tokens(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, code: str, text: str
) -> None:
    fix = fix_of(tmp_path, monkeypatch, code, desk=text, costs=COSTS)
    assert fix.applicability is Applicability.UNSAFE
    assert "; costs.py computes costs from `input_tokens`, which leaves out cached tokens" in fix.message


STORED = "def store(usage, row):\n    row['cached'] = usage.cache_read_input_tokens\n"
PRICED = "def cost_of_cached(usage):\n    return usage.cache_read_input_tokens * 0.3 / 1_000_000\n"


def test_cached_tokens_that_are_stored_have_no_price(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fix = fix_of(tmp_path, monkeypatch, "LLM101", desk=DESK, costs=COSTS, rows=STORED)
    assert "; costs.py computes costs from `input_tokens`, which leaves out cached tokens" in fix.message


def test_cached_tokens_that_have_a_price_of_their_own(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fix_of(tmp_path, monkeypatch, "LLM101", desk=DESK, costs=COSTS + "\n\n" + PRICED).applicability is Applicability.SAFE


def test_costs_that_a_library_computes(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    costs = "from prices import cost_usd\n\n\ndef spent(model, usage):\n    return cost_usd(model, usage.input_tokens, usage.output_tokens)\n"
    assert "; costs.py computes costs" in fix_of(tmp_path, monkeypatch, "LLM101", desk=DESK, costs=costs).message


@pytest.mark.parametrize(
    "test", ["create.assert_called_with(model=ANY, messages=ANY)", "assert create.call_args.kwargs == messages_of('Why?')"]
)
def test_a_test_that_compares_all_arguments(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, test: str) -> None:
    fix = fix_of(tmp_path, monkeypatch, "LLM105", desk=AGENT, test_desk=f"import desk\n\n\ndef test_it(self):\n    {test}\n")
    assert fix.message.endswith("; test_desk.py compares the arguments of a request")


def test_the_system_prompt_that_is_split(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = "def test_it():\n    assert create.call_args.kwargs['system'] == 'x'\n"
    fix = fix_of(tmp_path, monkeypatch, "LLM102", desk=CLOCK, test_desk=test)
    assert fix.message.endswith("; test_desk.py reads it as a string")


STORED = """\
import hashlib
import json
from pathlib import Path

import anthropic

TOOL = {{
    "name": "record",
    "description": {text!r},
    "input_schema": {{"type": "object", "properties": {{}}}},
}}
client = anthropic.Anthropic()


def ask(messages: list, tools: list) -> str:
    {key}
    path = Path(name)
    if path.exists():
        return path.read_text()
    response = client.messages.create(model="claude-sonnet-5-5", max_tokens=99, messages=messages, tools=tools)
    path.write_text(response.content[0].text)
    return path.read_text()


for path in Path("reports").glob("*.txt"):
    print(ask([{{"role": "user", "content": path.read_text()}}], [TOOL]))
"""
LONG = "Record what the report of the staff says about each of the subjects. " * 300


@pytest.mark.parametrize(
    "key",
    [
        'name = hashlib.sha256(json.dumps({"messages": messages, "tools": tools}).encode()).hexdigest()',
        "text = json.dumps([messages, tools], sort_keys=True)\n    name = hashlib.md5(text.encode()).hexdigest()",
        "digest = hashlib.sha1()\n    digest.update(repr(tools).encode())\n    name = digest.hexdigest()",
    ],
)
def test_a_hash_by_which_responses_are_stored(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    fix = fix_of(tmp_path, monkeypatch, "LLM103", desk=STORED.format(text=LONG, key=key))
    assert fix.applicability is Applicability.UNSAFE
    assert "; desk.py hashes requests: responses that it has stored would not be found" in fix.message


def test_a_hash_of_something_else(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = "name = hashlib.sha256(str(Path.cwd()).encode()).hexdigest()"
    fix = fix_of(tmp_path, monkeypatch, "LLM103", desk=STORED.format(text=LONG, key=key))
    assert fix.applicability is Applicability.SAFE


def test_a_hash_of_a_request_whose_breakpoint_is_put_where_it_is_sent(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = "import hashlib\nimport json\n\n\ndef key(system, messages):\n    return hashlib.sha256(json.dumps([system, messages]).encode())\n"
    fix = fix_of(tmp_path, monkeypatch, "LLM101", desk=DESK, keys=hashed)
    assert fix.applicability is Applicability.SAFE
