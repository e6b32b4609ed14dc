"""A model's name that more requests have than those that a fix can change."""

from __future__ import annotations

import pytest

from llmlint.config import SettingsResolver
from llmlint.engine import Run
from llmlint.findings import Applicability, Fix
from llmlint.unused_suppression import known_rules

PRELUDE = """\
import argparse, json, os
import anthropic

client = anthropic.Anthropic()
MODEL = "claude-haiku-4-5"


def ask(text, model=None):
    messages = [{"role": "user", "content": text}]
    return client.messages.create(model=model or MODEL, max_tokens=100, messages=messages).content[0].text


"""
BATCH = """\
def many(texts):
    requests = [
        {"custom_id": str(i), "params": {"model": %s, "max_tokens": 9, "messages": [{"role": "user", "content": text}]}}
        for i, text in enumerate(texts)
    ]
    return client.messages.batches.create(requests=requests)


"""
TYPED = """\
def many(texts):
    requests = [
        Request(custom_id=str(i), params=MessageCreateParamsNonStreaming(model=MODEL, max_tokens=9, messages=ask_for(text)))
        for i, text in enumerate(texts)
    ]
    return client.messages.batches.create(requests=requests)


"""
CLASS = """\
class Ranker:
    def __init__(self, model=MODEL):
        self.model = model

"""


def fix_of(code: str) -> Fix:
    settings = SettingsResolver(".", {"select": ["LLM203"], "min-confidence": "low"}, True, known=known_rules())
    lint = Run.of_bytes("app.py", (PRELUDE + code).encode(), settings, known_rules()).lint()
    assert not lint.errors
    [fix] = {finding.fix for finding in lint.findings if finding.fix}
    return fix


@pytest.mark.parametrize(
    ("code", "line"),
    [
        (BATCH % "MODEL" + "print(ask('a'), many('b'))\n", 15),
        (TYPED + "print(ask('a'), many('b'))\n", 15),
        (CLASS + BATCH % "self.model" + "print(ask('a'), many('b'))\n", 19),
    ],
)
def test_a_batch_may_send_the_same_model(code: str, line: int) -> None:
    fix = fix_of(code)
    assert fix.applicability is Applicability.DISPLAY_ONLY
    assert f"a batch may have requests with this model, whose parameters have to fit it, too: app.py:{line}" in fix.message


@pytest.mark.parametrize("model", ['"claude-sonnet-5-5"', "OTHER"])
def test_a_batch_of_another_model_changes_nothing(model: str) -> None:
    fix = fix_of('OTHER = "claude-sonnet-5-5"\n\n\n' + BATCH % model + "print(ask('a'), many('b'))\n")
    assert fix.applicability is Applicability.UNSAFE, fix.message


@pytest.mark.parametrize(
    "rest",
    [
        'MODELS = json.load(open("models.json"))\nprint(ask("b", model=MODELS["x"][0]))\n',
        'MODELS = json.load(open("models.json"))\nfor name in MODELS:\n    print(ask("b", model=name))\n',
        'MODELS = json.load(open("models.json"))\nfor name, one in MODELS.items():\n    print(ask("b", model=one.id))\n',
        'import registry\nprint(ask("b", model=registry.pick("large")))\n',
    ],
)
def test_a_caller_that_picks_its_model_may_pick_one_that_refuses_the_parameters(rest: str) -> None:
    fix = fix_of(f"print(ask('a'))\n{rest}")
    assert fix.applicability is Applicability.DISPLAY_ONLY
    assert "the call may get a model that is not known" in fix.message


@pytest.mark.parametrize(
    "rest",
    [
        'print(ask("b", model=os.environ.get("MODEL")))\n',
        'print(ask("b", model=os.environ["MODEL"]))\n',
        'parser = argparse.ArgumentParser()\nargs = parser.parse_args()\nprint(ask("b", model=args.model))\n',
        "def public(text, model):\n    return ask(text, model)\n",
    ],
)
def test_a_model_that_the_user_names_does_not_count(rest: str) -> None:
    fix = fix_of(f"print(ask('a'))\n{rest}")
    assert fix.applicability is Applicability.UNSAFE, fix.message
