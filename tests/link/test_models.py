"""Which models a call can have, how each got there, and where its name is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from linked import Link

START = "import os, argparse, click\nfrom anthropic import Anthropic\nclient = Anthropic()\n"
CALL = "client.messages.create(model={}, max_tokens=9, messages=[])\n"

# The code; then for each model its name, its source, and the text of the line on which it is written.
CASES = {
    "literal": (CALL.format("'m'"), [("m", "literal", CALL.format("'m'"))]),
    "f-string of a constant": ("A = 'm'\n" + CALL.format("f'{A}-1'"), [("m-1", "literal", CALL.format("f'{A}-1'"))]),
    "constant": ("M = 'm'\n" + CALL.format("M"), [("m", "constant", "M = 'm'\n")]),
    "constant of a constant": ("A = 'm'\nM = A\n" + CALL.format("M"), [("m", "constant", "A = 'm'\n")]),
    "default argument": ("def f(m='m'): " + CALL.format("m"), [("m", "default", "def f(m='m'): ")]),
    "keyword default": ("def f(*, m='m'): " + CALL.format("m"), [("m", "default", "def f(*, m='m'): ")]),
    "or": ("def f(m=None): " + CALL.format("m or 'm'"), [("m", "default", "def f(m=None): ")]),
    "if it is None": (
        "def f(m=None):\n    if m is None: m = 'm'\n    " + CALL.format("m"),
        [("m", "constant", "    if m is None: m = 'm'\n")],
    ),
    "getenv": ("M = os.getenv('M', 'm')\n" + CALL.format("M"), [("m", "env-default", "M = os.getenv('M', 'm')\n")]),
    "environ.get": (CALL.format("os.environ.get('M', 'm')"), [("m", "env-default", CALL.format("os.environ.get('M', 'm')"))]),
    "environ or": ("M = os.environ.get('M') or 'm'\n" + CALL.format("M"), [("m", "default", "M = os.environ.get('M') or 'm'\n")]),
    "argparse": (
        "p = argparse.ArgumentParser()\np.add_argument('-m', '--my-model', default='m')\na = p.parse_args()\n"
        + CALL.format("a.my_model"),
        [("m", "option-default", "p.add_argument('-m', '--my-model', default='m')\n")],
    ),
    "argparse with dest": (
        "p = argparse.ArgumentParser()\np.add_argument('--m', dest='model', default='m')\n" + CALL.format("p.parse_args().model"),
        [("m", "option-default", "p.add_argument('--m', dest='model', default='m')\n")],
    ),
    "argparse namespace handed on": (
        "def f(args): "
        + CALL.format("args.model")
        + "p = argparse.ArgumentParser()\np.add_argument('--model', default='m')\nf(p.parse_args())\n",
        [("m", "option-default", "p.add_argument('--model', default='m')\n")],
    ),
    "click": (
        "@click.command()\n@click.option('--model', '-m', default='m')\ndef f(model): " + CALL.format("model"),
        [("m", "option-default", "@click.option('--model', '-m', default='m')\n")],
    ),
    "typer": (
        "import typer\ndef f(model: str = typer.Option('m')): " + CALL.format("model"),
        [("m", "option-default", "def f(model: str = typer.Option('m')): ")],
    ),
    "class attribute": (
        "class A:\n    m = 'm'\n    def f(self): " + CALL.format("self.m"),
        [("m", "attribute", "    m = 'm'\n")],
    ),
    "instance attribute": (
        "class A:\n    def __init__(self): self.m = 'm'\n    def f(self): " + CALL.format("self.m"),
        [("m", "attribute", "    def __init__(self): self.m = 'm'\n")],
    ),
    "constructor's default": (
        "class A:\n    def __init__(self, m='m'): self.m = m\n    def f(self): " + CALL.format("self.m"),
        [("m", "default", "    def __init__(self, m='m'): self.m = m\n")],
    ),
    "constructor's argument": (
        "class A:\n    def __init__(self, m): self.m = m\n    def f(self): " + CALL.format("self.m") + "A('m').f()\n",
        [("m", "attribute", "A('m').f()\n")],
    ),
    "dict": ("r = {'model': 'm'}\nclient.messages.create(**r)\n", [("m", "literal", "r = {'model': 'm'}\n")]),
    "dict()": ("r = dict(model='m')\nclient.messages.create(**r)\n", [("m", "literal", "r = dict(model='m')\n")]),
    "item": ("r = {}\nr['model'] = 'm'\nclient.messages.create(**r)\n", [("m", "literal", "r['model'] = 'm'\n")]),
    "update": ("r = {}\nr.update(model='m')\nclient.messages.create(**r)\n", [("m", "literal", "r.update(model='m')\n")]),
    "table": ("T = {'a': 'm', 'b': 'n'}\n" + CALL.format("T['a']"), [("m", "literal", "T = {'a': 'm', 'b': 'n'}\n")]),
    "caller": ("def f(m): " + CALL.format("m") + "f('m')\n", [("m", "literal", "f('m')\n")]),
    "caller of a caller": ("def f(m): " + CALL.format("m") + "def g(n): f(n)\ng(n='m')\n", [("m", "literal", "g(n='m')\n")]),
    "conditional": (
        CALL.format("'m' if x else 'n'"),
        [("m", "literal", CALL.format("'m' if x else 'n'")), ("n", "literal", CALL.format("'m' if x else 'n'"))],
    ),
    "loop over models": (
        "for m in ['m', 'n']: " + CALL.format("m"),
        [("m", "literal", "for m in ['m', 'n']: "), ("n", "literal", "for m in ['m', 'n']: ")],
    ),
    "dataclass": (
        "from dataclasses import dataclass\n@dataclass\nclass S:\n    m: str = 'm'\ndef f(s: S): " + CALL.format("s.m"),
        [("m", "attribute", "    m: str = 'm'\n")],
    ),
    "pydantic field": (
        "from pydantic import BaseModel, Field\nclass S(BaseModel):\n    m: str = Field('m')\ns = S()\n" + CALL.format("s.m"),
        [("m", "attribute", "    m: str = Field('m')\n")],
    ),
    "unknown": ("def f(m): " + CALL.format("m"), []),
    "environment without a default": (CALL.format("os.environ['M']"), []),
}


@pytest.mark.parametrize(("code", "expected"), CASES.values(), ids=CASES.keys())
def test_models_of_a_call(code: str, expected: list[tuple[str, str, str]], link: Link) -> None:
    program = link(START + code)
    found = []
    for model in program.site.models:
        source = program.program.source(model.at.path)
        assert model.spelling in program.code(model.at) or "f'" in program.code(model.at)
        found.append((model.spelling, model.source, source.line_text(model.at.start)))
    lines = [(name, source, line.splitlines()[0]) for name, source, line in expected]
    assert [(name, source) for name, source, _ in found] == [(name, source) for name, source, _ in lines]
    assert all(line.startswith(start) for (_, _, line), (_, _, start) in zip(found, lines, strict=True))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param(CALL.format("'m'"), True, id="literal"),
        pytest.param("M = 'm'\n" + CALL.format("M"), True, id="constant"),
        pytest.param(CALL.format("'m' if x else 'n'"), True, id="one of two"),
        pytest.param("def f(m='m'): " + CALL.format("m"), False, id="default that callers out of sight may replace"),
        pytest.param(CALL.format("os.getenv('M', 'm')"), False, id="default of the environment"),
        pytest.param("def f(m=None): " + CALL.format("m or 'm'"), False, id="default by or"),
    ],
)
def test_whether_a_call_can_have_other_models_too(code: str, expected: bool, link: Link) -> None:
    assert {model.is_only for model in link(START + code).site.models} == {expected}


def test_a_constant_of_another_file_is_where_it_is_written(link: Link) -> None:
    program = link(
        "from anthropic import Anthropic\nfrom settings import models as m\n"
        "Anthropic().messages.create(model=m.FAST, max_tokens=9, messages=[])\n",
        settings__models="SLOW = 'claude-opus-5-5'\nFAST = 'claude-haiku-5-5'\n",
    )
    [model] = program.site.models
    assert (model.spelling, model.source, program.line(model.at)) == ("claude-haiku-5-5", "constant", "settings/models.py:2")
    assert program.code(model.at) == "'claude-haiku-5-5'"


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("if 'claude' in m:", ["claude-haiku-5-5"]),
        ("if m.startswith('gpt'):", ["gpt-6-luna"]),
        ("if not m.startswith('gpt'):", ["claude-haiku-5-5"]),
        ("if m == 'claude-haiku-5-5':", ["claude-haiku-5-5"]),
        ("if m in ('gpt-6-luna', 'gpt-6-sol'):", ["gpt-6-luna"]),
        ("if m.lower().endswith('luna') or x:", ["claude-haiku-5-5", "gpt-6-luna"]),
    ],
)
def test_tests_of_the_model_before_the_call_count(test: str, expected: list[str], link: Link) -> None:
    program = link(
        "import litellm\n"
        "def f(m='claude-haiku-5-5'):\n"
        f"    {test}\n"
        "        litellm.completion(model=m, messages=[])\n"
        "f('gpt-6-luna')\nf()\n"
    )
    assert program.models == expected


def test_a_gpt_model_reaches_no_anthropic_client(link: Link) -> None:
    program = link(START + "def f(m):\n    " + CALL.format("m") + "f('gpt-6-luna')\nf('claude-haiku-5-5')\n")
    assert program.models == ["claude-haiku-5-5"]
