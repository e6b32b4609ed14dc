"""A model's name that more requests have than those that a fix can change."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmlint.config.settings import SettingsResolver
from llmlint.findings import Applicability, Fix
from llmlint.rules.registry import known_rules
from llmlint.run.engine import Run

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


def fix_of(code: str, prelude: str = PRELUDE) -> Fix:
    settings = SettingsResolver(".", {"select": ["LLM203"], "min-confidence": "low"}, True, known=known_rules())
    lint = Run.of_bytes("app.py", (prelude + code).encode(), settings, known_rules()).lint()
    assert not lint.errors
    # The fixes of several calls that have the name differ in the place that they name, if at all.
    assert len({(finding.fix.applicability, frozenset(finding.fix.edits)) for finding in lint.findings if finding.fix}) == 1
    return next(finding.fix for finding in lint.findings if finding.fix)


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
        'print(ask("b", model=os.environ.get("MODEL")))\n',
        'print(ask("b", model=os.environ["MODEL"]))\n',
        'parser = argparse.ArgumentParser()\nargs = parser.parse_args()\nprint(ask("b", model=args.model))\n',
        "def public(text, model):\n    return ask(text, model)\n",
    ],
)
def test_a_model_that_a_caller_or_the_user_picks_may_refuse_the_parameters(rest: str) -> None:
    fix = fix_of(f"print(ask('a'))\n{rest}")
    assert fix.applicability is Applicability.DISPLAY_ONLY
    assert "the call may get a model that is not known, which may refuse these parameters" in fix.message


def test_the_title_says_that_a_user_may_name_another_model() -> None:
    fix = fix_of("print(ask('a'))\n", PRELUDE.replace("model=model or MODEL", "model=os.environ.get('X', MODEL)"))
    assert fix.applicability is Applicability.UNSAFE
    assert fix.message.endswith("which other models that a user names may refuse, as the name is only a default")


@pytest.mark.parametrize("host", ['os.environ["BASE_URL"]', "json.load(open('c'))['url']"])
def test_another_host_may_refuse_the_parameters(host: str) -> None:
    fix = fix_of("print(ask('a'))\n", PRELUDE.replace("anthropic.Anthropic()", f"anthropic.Anthropic(base_url={host})"))
    assert fix.applicability is Applicability.DISPLAY_ONLY
    assert "the client's host " in fix.message


GENERAL = """\
class Chat:
    def __init__(self, model="claude-haiku-5-5"):
        self.model = model

    def reply(self, messages):
        return client.messages.create(model=self.model, max_tokens=100, messages=messages)


def complete(text, model):
    return client.messages.create(model=model, max_tokens=100, messages=[{"role": "user", "content": text}])


"""


@pytest.mark.parametrize("use", ["Chat(MODEL).reply([])", "Chat(model=MODEL).reply([])", "complete('a', MODEL)"])
def test_a_class_or_function_for_any_model(use: str) -> None:
    fix = fix_of(f"{GENERAL}print(ask('a'), {use})\n")
    assert fix.applicability is Applicability.DISPLAY_ONLY
    assert "a caller passes the name in app.py:" in fix.message


def test_a_default_that_all_callers_leave_alone_is_changed() -> None:
    fix = fix_of(f"{GENERAL.replace('model):', 'model=MODEL):')}print(ask('a'), complete('a'))\n")
    assert fix.applicability is Applicability.UNSAFE, fix.message


def fixes_of(folder: Path, files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> list[Fix]:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    monkeypatch.chdir(folder)
    settings = SettingsResolver(".", {"select": ["LLM203"], "min-confidence": "low"}, True, known=known_rules())
    lint = Run.of_paths(sorted(files), settings, known_rules()).lint()
    assert not lint.errors
    return list(dict.fromkeys(finding.fix for finding in lint.findings if finding.fix))


PLAIN = "from utils.llm import MODEL, client\n\n\ndef ask(text):\n    return client.messages.create(model=MODEL, max_tokens=100, messages=[text])\n"


def test_all_files_are_looked_at_that_use_a_constant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"tasks/task_{number:02}.py": PLAIN for number in range(30)}
    files["utils/__init__.py"] = ""
    files["utils/llm.py"] = 'import anthropic\n\nclient = anthropic.Anthropic()\nMODEL = "claude-haiku-4-5"\n'
    files["tasks/zz.py"] = PLAIN.replace("ask(text)", "ask(text, warmth)").replace("max_tokens", "temperature=warmth, max_tokens")
    assert {fix.applicability for fix in fixes_of(tmp_path, files, monkeypatch)} == {Applicability.DISPLAY_ONLY}


SUGGEST = """\
import anthropic

{imports}


def suggest(text):
    client = anthropic.Anthropic()
    with client.messages.stream(
        model={model}, max_tokens=500, temperature=warmth(text), messages=[{{"role": "user", "content": text}}]
    ) as stream:
        return stream.get_final_text()
"""


@pytest.mark.parametrize(
    ("imports", "model"),
    [
        ("from config import settings", "settings.small_model"),
        ("import config", "config.settings.small_model"),
        ("from config import get_settings", "get_settings().small_model"),
        ("from deps import conf", "conf.small_model"),
    ],
)
def test_calls_that_know_a_setting_by_an_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, imports: str, model: str
) -> None:
    files = {
        "config.py": 'class Settings:\n    small_model: str = "claude-haiku-4-5"\n\n\nsettings = Settings()\n\n\n'
        "def get_settings():\n    return settings\n",
        "deps.py": "from config import Settings\n\nconf = Settings()\n",
        "label.py": SUGGEST.format(imports="from config import Settings", model="Settings.small_model").replace(
            " temperature=warmth(text),", ""
        ),
        "suggest.py": SUGGEST.format(imports=imports, model=model),
    }
    assert {fix.applicability for fix in fixes_of(tmp_path, files, monkeypatch)} == {Applicability.DISPLAY_ONLY}


AGAIN = """\
{first}


def again(text):
    return client.messages.create(model=MODEL, max_tokens=100, messages=[{{"role": "user", "content": text}}], metadata={{"user_id": "a"}})


{second}
print(ask("a"), again("b"))
"""


def test_a_constant_that_is_assigned_again_is_changed_in_all_places() -> None:
    fix = fix_of(AGAIN.format(first="", second='MODEL = "claude-haiku-4-5"'))
    assert fix.applicability is Applicability.UNSAFE, fix.message
    assert [edit.text for edit in fix.edits].count('"claude-haiku-5-5"') == 2


def test_a_constant_that_has_another_model_meanwhile() -> None:
    fix = fix_of(
        AGAIN.format(first='MODEL = "claude-3-5-sonnet-20240620"\nprint(ask("c"))\n', second='MODEL = "claude-haiku-4-5"')
    )
    assert fix.applicability is Applicability.DISPLAY_ONLY
    assert "other models of a call" in fix.message
