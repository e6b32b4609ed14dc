"""Where a few files have changed, a run with a cache finds what one without finds, and looks only at the calls that rest on them."""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llmlint.cache import parts
from llmlint.cache import run as remember
from llmlint.cache.store import Cache
from llmlint.config.settings import SettingsResolver
from llmlint.discover.project import ask
from llmlint.findings import FileError, Finding
from llmlint.rules.registry import known_rules
from llmlint.run import shards
from llmlint.run.engine import Run

HANDBOOK = "Answer from this handbook, and from nothing else. " * 200

PROJECT = {
    "pyproject.toml": "[tool.llmlint]\n",
    "desk/__init__.py": "from desk.answer import answer as reply\n",
    "desk/client.py": "import anthropic\n\nclient = anthropic.Anthropic()\n",
    "desk/names.py": 'MODEL = "claude-opus-4-1"\nPRICES = {"claude-haiku-5-5": 1}\n',
    "desk/prompts.py": f"BOOK = {HANDBOOK!r}\n",
    "desk/answer.py": """\
from desk.client import client
from desk.names import MODEL
from desk.prompts import BOOK


def answer(question, system=BOOK):
    messages = [{"role": "user", "content": question}]
    return client.messages.create(model=MODEL, max_tokens=300, system=system, messages=messages).content[0].text
""",
    "desk/base.py": """\
class Asker:
    def ask(self, text):
        raise NotImplementedError

    def ask_all(self, texts):
        return [self.ask(text) for text in texts]
""",
    "desk/openai_asker.py": """\
import openai
from desk.base import Asker
from desk.prompts import BOOK


class OpenAIAsker(Asker):
    def __init__(self, model):
        self.client = openai.OpenAI()
        self.model = model

    def ask(self, text):
        messages = [{"role": "system", "content": BOOK}, {"role": "user", "content": text}]
        return self.client.chat.completions.create(model=self.model, messages=messages)
""",
    "jobs/nightly.py": """\
from desk import reply
from desk.openai_asker import OpenAIAsker

TEXTS = ["a", "b", "c", "d", "e"]


def main():
    asker = OpenAIAsker("gpt-4")
    for text in TEXTS:
        print(reply(text))
    for text in TEXTS:
        print(asker.ask(text))


if __name__ == "__main__":
    main()
""",
    "jobs/alone.py": """\
import anthropic


def translate(lines):
    client = anthropic.Anthropic()
    text = "".join(lines)
    # llmlint: ignore[LLM201]
    print(client.messages.create(model="claude-opus-5-5", max_tokens=9, messages=[{"role": "user", "content": text}]))
""",
    "jobs/other.py": "def total(rows):\n    return sum(row.ask for row in rows)\n",
    **{f"more/m{number}.py": f"def f{number}(x):\n    return x + {number}\n" for number in range(6)},
}


class Project:
    """A project in a folder with a cache."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cache = Cache(str(folder / ".llmlint_cache"))
        self.relinked: list[Run | None] = []
        for name, text in PROJECT.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def text(self, name: str) -> str:
        return (self.folder / name).read_text()

    def _settings(self) -> SettingsResolver:
        return SettingsResolver(str(self.folder), known=known_rules())

    def found(self) -> tuple[object, ...]:
        """What a run with the cache finds."""
        [asked] = ask(["."], self._settings())
        checked = remember.check(asked, self._settings(), known_rules, self.cache)
        checked.remember()
        run = checked.run
        assert isinstance(run, (Run, remember.Remembered))
        return _plain(checked.lint.findings, checked.lint.errors, run)

    def found_anew(self) -> tuple[object, ...]:
        """What a run without a cache finds."""
        [asked] = ask(["."], self._settings())
        run = Run.of_asked(asked, self._settings(), known_rules())
        lint = run.lint()
        return _plain(lint.findings, lint.errors, run)

    def looked_at(self) -> set[str]:
        """The files whose calls the last run looked at, where it took over the others."""
        run = self.relinked[-1]
        assert run is not None
        assert run.kept is not None
        return set(run.loaded) - run.kept.results.keys()


def _plain(findings: tuple[Finding, ...], errors: tuple[FileError, ...], run: Run | remember.Remembered) -> tuple[object, ...]:
    calls = {path: count for path, count in run.calls.items() if count}
    return findings, errors, calls, {path: dict(counts) for path, counts in run.unsupported.items()}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr("llmlint.cache.asked.REST_SECONDS", -1.0)
    monkeypatch.setattr("llmlint.cache.asked.COARSE_REST_SECONDS", -1.0)
    made = Project(folder)
    relink = parts.relink

    def noted(*args: object) -> Run | None:
        made.relinked.append(relink(*args))  # type: ignore[arg-type]
        return made.relinked[-1]

    monkeypatch.setattr(parts, "relink", noted)
    assert made.found() == made.found_anew()
    assert not made.relinked
    return made


def test_a_file_that_no_call_rests_on_leaves_all_results_as_they_are(project: Project) -> None:
    project.write("more/m3.py", "def f3(x):\n    return x\n")
    assert project.found() == project.found_anew()
    assert project.looked_at() == set()


UNSEEN = """\
def shorten(text):
    return text[:10]


"""


def test_bodies_that_nobody_has_looked_into_count_for_nothing_but_places(project: Project) -> None:
    project.write("pyproject.toml", '[tool.llmlint]\nselect = ["LLM101"]\n')
    project.write("desk/answer.py", project.text("desk/answer.py").replace("system=BOOK):", "system):"))
    project.write("jobs/nightly.py", project.text("jobs/nightly.py").replace("reply(text)", "reply(text, BOOK + BOOK)"))
    for name in ("desk/names.py", "desk/base.py", "jobs/nightly.py"):
        ahead = "from desk.prompts import BOOK\n\n\n" if name == "jobs/nightly.py" else ""
        project.write(name, ahead + UNSEEN + project.text(name))
    before = project.found()
    assert before == project.found_anew()
    assert any("jobs/nightly.py" in finding.paths() for finding in before[0])  # type: ignore[attr-defined]
    for name in ("desk/names.py", "desk/base.py", "jobs/nightly.py"):
        project.write(name, project.text(name).replace("return text[:10]", 'text = text.strip()\n    return text + "…"'))
        assert project.found() == project.found_anew()
        assert project.looked_at() == set(), name
    # What was moved is moved again.
    project.write("jobs/nightly.py", project.text("jobs/nightly.py").replace("    text = text.strip()\n", ""))
    project.write("desk/base.py", project.text("desk/base.py").replace("text = text.strip()", "pass"))
    assert project.found() == project.found_anew()
    assert project.looked_at() == set()


@pytest.mark.parametrize(
    ("name", "body", "looked_at"),
    [
        pytest.param("jobs/nightly.py", "return [reply(text) for text in TEXTS]", "desk/answer.py", id="a new caller"),
        pytest.param("desk/answer.py", "global BOOK\n    BOOK = text", "desk/answer.py", id="a global"),
        pytest.param("desk/base.py", "Asker.ask = text", "desk/openai_asker.py", id="an attribute"),
        pytest.param("desk/base.py", 'return {"claude-opus-4-1": 1}[text]', "desk/answer.py", id="a table of models"),
        pytest.param("jobs/alone.py", "translate(text)", "jobs/alone.py", id="a caller in the same file"),
    ],
)
def test_a_body_that_now_mentions_what_was_asked_for_counts(project: Project, name: str, body: str, looked_at: str) -> None:
    project.write(name, UNSEEN + project.text(name))
    assert project.found() == project.found_anew()
    project.write(name, project.text(name).replace("return text[:10]", body))
    assert project.found() == project.found_anew()
    assert looked_at in project.looked_at()


TWO = """\
import anthropic
from desk.choice import MODEL, cheap, dear

client = anthropic.Anthropic()


def first(text):
    return client.messages.create(model=dear(), max_tokens=9, messages=[{"role": "user", "content": text}])
"""

CHOICE = """\
MODEL = "claude-haiku-5-5"


def dear():
    return "claude-3-opus-20240229"


def cheap():
    return "claude-haiku-5-5"
"""


def test_a_change_of_a_function_counts_for_the_calls_that_rest_on_it_alone(project: Project) -> None:
    project.write("pyproject.toml", '[tool.llmlint]\nselect = ["LLM20"]\n')
    project.write("desk/choice.py", CHOICE)
    project.write("more/m0.py", TWO)
    project.write("more/m1.py", TWO.replace("model=dear()", "model=cheap()"))
    assert project.found() == project.found_anew()
    # The fix of the first one reads all of the text.
    for old, new, looked_at in (
        ('"claude-3-opus-20240229"', '"claude-3-5-sonnet-20240620"', {"more/m0.py"}),
        ('return "claude-haiku-5-5"', 'name = "gpt-5-mini"\n    return name', {"more/m0.py", "more/m1.py"}),
        ('name = "gpt-5-mini"', 'name = "gpt-5-nano"', {"more/m0.py", "more/m1.py"}),
        ("def dear():\n", "def dear():\n    print(MODEL)\n", {"more/m0.py"}),
        ("def dear():", "def dear(x=MODEL):", {"more/m0.py", "more/m1.py"}),
    ):
        text = project.text("desk/choice.py")
        assert old in text
        project.write("desk/choice.py", text.replace(old, new))
        assert project.found() == project.found_anew()
        assert project.looked_at() & {"more/m0.py", "more/m1.py"} == looked_at, new


def test_a_change_of_plain_statements_counts_where_somebody_asked_for_what_they_say(project: Project) -> None:
    project.write("pyproject.toml", '[tool.llmlint]\nselect = ["LLM20"]\n')
    project.write("desk/choice.py", CHOICE)
    project.write("more/m1.py", TWO.replace("model=dear()", "model=cheap()"))
    assert project.found() == project.found_anew()
    for old, new, looked_at in (
        ("def cheap():\n", 'def cheap():\n    print("called")\n', set()),
        ('print("called")', 'print("again")', set()),
        ('return "claude-haiku-5-5"', 'name = "gpt-5-mini"\n    return name', {"more/m1.py"}),
        ('name = "gpt-5-mini"', 'name = "gpt-5-nano"', {"more/m1.py"}),
        ('print("again")', "other = 1", set()),
        ("other = 1", "name = 1", {"more/m1.py"}),
        ("    name = 1\n", "", {"more/m1.py"}),
        ("    return name", "    other = [1]\n    return name", set()),
        ("other = [1]", "other = [each for each in [1]]", {"more/m1.py"}),
    ):
        text = project.text("desk/choice.py")
        assert old in text
        project.write("desk/choice.py", text.replace(old, new))
        assert project.found() == project.found_anew()
        assert project.looked_at() & {"more/m1.py"} == looked_at, new


def test_of_large_files_without_calls_what_linking_reads_counts(project: Project) -> None:
    rows = "".join(f"ROW_{number} = {number}\n" for number in range(16_000))
    assert len(rows) > 200_000
    name = "more/large.py"
    for text, looked_at in (
        (rows, None),
        (rows + "from desk.answer import answer\nanswer('a')\n", set()),
        (rows + "x = 1\n", set()),
        ("from desk.answer import answer\nanswer('a')\n" + rows, {"desk/answer.py"}),
        ("from desk.answer import answer\nanswer('b')\n", {"desk/answer.py"}),
        (rows, {"desk/answer.py"}),
    ):
        project.write(name, text)
        assert project.found() == project.found_anew()
        assert looked_at is None or project.looked_at() & {"desk/answer.py"} == looked_at


ONE_CALL = """\
import openai


def ask(text):
    return openai.OpenAI().chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": text}])


"""
ROWS = "".join(f"ROW_{number} = {number}\n" for number in range(16_000))


def test_words_count_anywhere_in_a_file_with_calls_that_is_not_loaded_yet(project: Project) -> None:
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": ONE_CALL + 'LATE = "word"\n'}
    project.write("more/cells.ipynb", json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    project.write("more/large.py", ONE_CALL + ROWS + 'LATE = "word"\n')
    assert project.found() == project.found_anew()
    project.write("desk/names.py", project.text("desk/names.py") + "\n\n" + UNSEEN)
    assert project.found() == project.found_anew()
    run = project.relinked[-1]
    assert run is not None
    assert project.looked_at() & {"more/large.py", "more/cells.ipynb"} == set()
    for name in ("more/large.py", "more/cells.ipynb"):
        assert run.program.holds_any(name, [b'LATE = "word"'])
        assert not run.program.holds_any(name, [b"nbformat"])


def test_a_large_file_with_calls_may_change(project: Project) -> None:
    project.write("pyproject.toml", '[tool.llmlint]\nselect = ["LLM101"]\n')
    project.write("more/large.py", ONE_CALL + ROWS + UNSEEN)
    assert project.found() == project.found_anew()
    for tail, looked_at in (
        (UNSEEN.replace("return", "print(text)\n    return"), set()),
        (UNSEEN + "from desk.answer import answer\n\nanswer('a')\n", {"more/large.py"}),
        ("TEXTS = []\n\n\n" + UNSEEN, {"more/large.py"}),
    ):
        project.write("more/large.py", ONE_CALL + ROWS + tail)
        assert project.found() == project.found_anew()
        assert project.looked_at() & {"more/large.py", "desk/answer.py"} == looked_at


ROUTED = """\
import os

import anthropic

KIND = os.environ["KIND"]


def translate(text):
    client = anthropic.Anthropic()
    model = {"a": "claude-opus-5-5", "b": "claude-haiku-5-5"}[KIND]
    print(client.messages.create(model=model, max_tokens=9, messages=[{"role": "user", "content": text}]))


"""


def test_a_body_that_now_compares_what_was_looked_for_in_comparisons_counts(project: Project) -> None:
    project.write("pyproject.toml", '[tool.llmlint]\nselect = ["LLM101"]\n')
    project.write("jobs/alone.py", ROUTED + UNSEEN)
    assert project.found() == project.found_anew()
    for body, looked_at in (
        ('return text == "a" or text', set()),
        ('return KIND == "a" or text', {"jobs/alone.py"}),
        ('return KIND != "b" or text', set()),
        ("return text", {"jobs/alone.py"}),
    ):
        project.write("jobs/alone.py", ROUTED + UNSEEN.replace("return text[:10]", body))
        assert project.found() == project.found_anew()
        assert project.looked_at() == looked_at, body


def test_a_file_that_could_not_be_read_and_now_can_counts(project: Project) -> None:
    text = project.text("desk/names.py")
    project.write("desk/names.py", "def (:\n")
    assert project.found() == project.found_anew()
    project.write("desk/names.py", text)
    assert project.found() == project.found_anew()


def test_the_first_run_in_a_folder_is_remembered(project: Project) -> None:
    project.found()
    assert not project.relinked  # Recalled as a whole.


@pytest.mark.parametrize(
    ("name", "old", "new", "looked_at"),
    [
        pytest.param("jobs/alone.py", "opus-5-5", "haiku-5-5", {"jobs/alone.py"}, id="the call itself"),
        pytest.param("jobs/alone.py", "# llmlint: ignore[LLM201]", "pass", {"jobs/alone.py"}, id="a suppression"),
        pytest.param("desk/names.py", "opus-4-1", "haiku-5-5", {"desk/answer.py"}, id="a constant"),
        pytest.param("jobs/nightly.py", '"gpt-4"', '"gpt-5"', {"desk/answer.py", "desk/openai_asker.py"}, id="a caller"),
        pytest.param("desk/base.py", "self.ask(text)", "text", {"desk/openai_asker.py"}, id="a base class"),
    ],
)
def test_only_calls_that_rest_on_a_change_are_looked_at(
    project: Project, name: str, old: str, new: str, looked_at: set[str]
) -> None:
    project.write(name, project.text(name).replace(old, new))
    assert project.found() == project.found_anew()
    assert project.looked_at() >= looked_at
    assert ("jobs/alone.py" in project.looked_at()) is ("jobs/alone.py" in looked_at)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("from desk.answer import answer\n\nfor _ in range(9):\n    answer('a')\n", id="a new caller"),
        pytest.param("from desk import reply\n\nfor _ in range(9):\n    reply('a')\n", id="a new caller by another name"),
        pytest.param("def run(asker, rows):\n    return [asker.ask(row) for row in rows]\n", id="a method"),
        pytest.param(
            "from desk.base import Asker\n\nclass Mine(Asker):\n    def ask(self, text):\n        return text\n", id="a class"
        ),
        pytest.param("import desk.client\n\ndesk.client.client = None\n", id="a store from outside"),
        pytest.param('USED = {"claude-opus-4-1": 2}\n', id="a table of models"),
        pytest.param('MARK = {"cache_control": {"type": "ephemeral"}}\n', id="a word"),
        pytest.param("# llmlint: ignore[LLM301]\nx = 1\n", id="a comment for llmlint"),
        pytest.param("import anthropic\n\nanthropic.Anthropic().messages.create(model='claude-3-opus-20240229')\n", id="a call"),
        pytest.param(
            "from langchain_openai import ChatOpenAI\n\nchat = ChatOpenAI()\nchat.invoke('a')\n", id="an unsupported call"
        ),
        pytest.param("def (:\n", id="an error"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_a_changed_file_now_says_about_others_counts(project: Project, code: str) -> None:
    for name in ("more/m0.py", "jobs/other.py"):
        before = project.text(name)
        project.write(name, code)
        assert project.found() == project.found_anew()
        project.write(name, before)
        assert project.found() == project.found_anew()
    assert any(project.relinked)


def test_addresses_and_what_is_sent_to_them_are_seen_wherever_they_change(project: Project) -> None:
    url = "URL = 'https://api.anthropic.com/v1/messages'\n"
    send = (
        "from more.m0 import URL\n\n\ndef send(client, text):\n"
        "    body = {'model': 'claude-3-haiku-20240307', 'messages': [{'role': 'user', 'content': text}]}\n"
        "    return client.post(URL, json=body)\n"
    )
    seen = []
    for name, text in (
        ("more/m1.py", send),
        ("more/m0.py", url),
        ("more/m1.py", send + "\n# Nothing new.\n"),
        ("jobs/alone.py", project.text("jobs/alone.py") + "\n"),
        ("more/m1.py", send.replace("json=body", "json=body, timeout=9")),
        ("more/m1.py", send.replace("haiku-20240307", "opus-20240229")),
        ("more/m0.py", url.replace("anthropic", "example")),
        ("more/m1.py", "x = 1\n"),
        ("more/m0.py", url + "\n"),
        ("more/m2.py", send),
        ("more/m0.py", "URL = ''\n"),
    ):
        project.write(name, text)
        found = project.found()
        assert found == project.found_anew(), (name, text)
        seen.append(sum("claude-3" in str(each) for each in found))
    assert any(project.relinked)
    assert [count > seen[0] for count in seen] == [False, True, True, True, True, True, False, False, False, True, False]


def test_clients_and_what_is_called_of_them_are_seen_wherever_they_change(project: Project) -> None:
    made = "from pydantic_ai import Agent\n\nagent = Agent('anthropic:claude-3-haiku-20240307')\n"
    asks = "from more.m0 import agent\n\n\ndef ask(text):\n    return agent.run_sync(text)\n"
    seen = []
    for name, text in (
        ("more/m1.py", asks),
        ("more/m0.py", made),
        ("more/m1.py", asks + "\n# Nothing new.\n"),
        ("more/m0.py", made.replace("haiku-20240307", "opus-20240229")),
        ("more/m0.py", made.replace("pydantic_ai", "own")),
        ("more/m1.py", "x = 1\n"),
        ("more/m0.py", made + "\n"),
        ("more/m2.py", asks),
        ("more/m0.py", "agent = None\n"),
    ):
        project.write(name, text)
        found = project.found()
        assert found == project.found_anew(), (name, text)
        seen.append(sum("claude-3" in str(each) for each in found))
    assert [count > seen[0] for count in seen] == [False, True, True, True, False, False, False, True, False]


def test_clients_are_seen_through_the_files_between(project: Project) -> None:
    chain = "from langchain_openai import ChatOpenAI\n\nchain = ChatOpenAI(model='gpt-4-32k')\n"
    call = "from more.m1 import chain\n\n\ndef call(text):\n    return chain.invoke(text)\n"
    steps = "from more.m0 import chain\n"
    seen = []
    for name, text in (
        ("more/m2.py", call),
        ("more/m1.py", steps),
        ("more/m0.py", chain),
        ("more/m2.py", call + "\n# Nothing new.\n"),
        ("jobs/alone.py", project.text("jobs/alone.py") + "\n"),
        ("more/m0.py", chain.replace("32k", "32k-0613")),
        ("more/m2.py", call.replace("invoke", "pipe")),
        ("more/m2.py", call),
        ("more/m1.py", "chain = None\n"),
        ("more/m1.py", steps),
        ("more/m0.py", chain.replace("langchain", "other")),
    ):
        project.write(name, text)
        found = project.found()
        assert found == project.found_anew(), (name, text)
        seen.append(sum("-32k" in str(each) for each in found))
    assert any(project.relinked)
    assert [count > seen[0] for count in seen] == [False, False, True, True, True, True, False, True, False, True, False]


@pytest.mark.parametrize("name", ["desk/extra.py", "desk/names.py"])
def test_other_files_than_before_mean_a_whole_run(project: Project, name: str) -> None:
    if name in PROJECT:
        (project.folder / name).unlink()
    else:
        project.write(name, "from desk.answer import answer\n\nprint([answer(each) for each in 'abcdef'])\n")
    assert project.found() == project.found_anew()
    assert project.relinked in ([], [None])


def test_parts_that_somebody_else_made_are_not_used(project: Project) -> None:
    [path] = (project.folder / ".llmlint_cache").glob("parts-*.json")
    name = path.stem
    document = project.cache.read(name)
    for key in ("answers", "results", "contents"):
        project.cache.write(name, {**document, key: {"a": 1}})
        project.write("more/m3.py", f"x = {key!r}\n")
        assert project.found() == project.found_anew()
    assert not any(project.relinked)


_EDITS: list[Callable[[random.Random, str], str]] = [
    lambda random, text: text + "\n# Nothing new.\n",
    lambda random, text: _without_line(random, text),
    lambda random, text: _renamed(random, text),
    lambda random, text: text + f"\nfrom desk.{random.choice(['answer', 'names', 'prompts'])} import *\nprint(answer(MODEL))\n",
    lambda random, text: (
        text + f"\ndef more(x):\n    for each in x:\n        {random.choice(['answer', 'reply', 'x.ask'])}(each)\n"
    ),
    lambda random, text: text.replace(".create(", ".create(  # llmlint: ignore", 1),
    lambda random, text: re.sub(
        r'"(claude|gpt)-[^"]*"', random.choice(['"gpt-4"', '"claude-opus-4-1"', '"claude-haiku-5-5"']), text
    ),
    lambda random, text: (
        text + f"\nclass Sub(OpenAIAsker):\n    def ask(self, text):\n        return self.ask({random.randrange(9)})\n"
    ),
    lambda random, text: text + '\nEXTRA = {"prompt_cache_key": "a", "gpt-4": "b"}\n',
    lambda random, text: _with_statement(random, text),
    lambda random, text: _with_statement(random, text),
    lambda random, text: PROJECT[random.choice([name for name in PROJECT if name.endswith(".py")])],
]


def _without_line(random: random.Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(line for number, line in enumerate(lines) if number != random.randrange(len(lines) + 1))


_STATEMENTS = [
    "extra = 1",
    "print(extra)  # nothing",
    "answer('a')",
    "self.ask('a')",
    "for each in range(9):\n{0}    reply(each)",
    "from desk.names import MODEL as answer",
    "global MODEL\n{0}MODEL = 'gpt-4'",
    "return 'claude-opus-4-1'",
    "self.client.model = self.model",
    "def inner(x):\n{0}    return answer(x)",
]


def _with_statement(random: random.Random, text: str) -> str:
    """A text with one more statement in the body of a function."""
    found = list(re.finditer(r"^( +)\S.*\n", text, re.MULTILINE))
    if not found:
        return text
    line = random.choice(found)
    return f"{text[: line.start()]}{line[1]}{random.choice(_STATEMENTS).format(line[1])}\n{text[line.start() :]}"


def _renamed(random: random.Random, text: str) -> str:
    name = random.choice(["answer", "ask", "MODEL", "client", "BOOK", "Asker", "reply", "main"])
    return re.sub(rf"\b{name}\b", random.choice([f"{name}_now", "answer", "ask"]), text)


@pytest.mark.parametrize("seed", range(4))
def test_after_any_edit_a_run_with_a_cache_finds_what_one_without_finds(project: Project, seed: int) -> None:
    choose = random.Random(seed)
    names = [name for name in PROJECT if name.endswith(".py")]
    for _ in range(15):
        for name in choose.sample(names, choose.choice([1, 1, 1, 2])):
            text = PROJECT[name] if choose.random() < 0.3 else choose.choice(_EDITS)(choose, project.text(name))
            project.write(name, text)
        assert project.found() == project.found_anew()
    assert any(run is not None and run.kept is not None and run.kept.results for run in project.relinked)


def _large_project() -> dict[str, str]:
    """Some 200 files of services that call each other, a tenth of which call a model."""
    files = {"app/__init__.py": "", "app/models.py": "".join(f'MODEL_{each} = "claude-opus-4-1"\n' for each in range(20))}
    for number in range(180):
        below = (number * 7 + 3) % 180
        call = f"""\
        client = anthropic.Anthropic()
        reply = client.messages.create(model=MODEL_{number // 10}, max_tokens=100, system=self.prompt(), messages=[
            {{"role": "user", "content": text}}])
        return reply.content[0].text"""
        passed_on = f"        return Service{below}().handle_{below}(text)"
        files[f"app/s{number}.py"] = f"""\
import anthropic
from app.models import MODEL_{number // 10}
from app.s{below} import Service{below}

PROMPT = "Answer shortly. " * {number}


class Service{number}:
    def name(self):
        return "service {number}"

    def prompt(self):
        return PROMPT + self.name()

    def handle_{number}(self, text):
{call if number % 10 == 0 else passed_on}

    def handle_all_{number}(self, texts):
        found = []
        for text in texts:
            found.append(self.handle_{number}(text))
        return found


def unused_{number}(rows):
    return [row.name for row in rows]
"""
    for number in range(20):
        files[f"jobs/j{number}.py"] = f"""\
from app.s{number * 9} import Service{number * 9}

for row in ["a", "b", "c"]:
    print(Service{number * 9}().handle_all_{number * 9}([row] * 5))
"""
    return files


_EDITS_OF_LARGE: list[Callable[[random.Random, str], str]] = [
    lambda random, text: _with_statement(random, text),
    lambda random, text: _with_statement(random, text),
    lambda random, text: _without_line(random, text),
    lambda random, text: text.replace("claude-opus-4-1", "claude-haiku-5-5", 1),
    lambda random, text: re.sub(r"Service\d+\(\)", f"Service{random.randrange(180)}()", text, count=1),
    lambda random, text: (
        text
        + f"\nfrom app.s{(number := random.randrange(18) * 10)} import Service{number}\nService{number}().handle_{number}(1)\n"
    ),
    lambda random, text: text.replace("unused_", "used_"),
]


@pytest.mark.parametrize("seed", range(2))
def test_after_edits_of_a_large_project_too(project: Project, seed: int) -> None:
    for path in sorted(project.folder.rglob("*.py")):
        path.unlink()
    files = _large_project()
    for name, text in files.items():
        project.write(name, text)
    project.write("pyproject.toml", '[tool.llmlint]\nselect = ["LLM101", "LLM202"]\n')
    choose = random.Random(seed)
    project.found()
    for _ in range(4):
        name = choose.choice(sorted(files))
        project.write(name, choose.choice(_EDITS_OF_LARGE)(choose, project.text(name)))
        assert project.found() == project.found_anew()
    kept = [len(run.kept.results) for run in project.relinked if run is not None and run.kept is not None]
    assert max(kept) > 10


@pytest.mark.skipif(sys.platform != "linux", reason="processes are only forked on Linux")
def test_what_several_processes_find_is_taken_over_as_well(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    shared: list[list[str]] = []
    share = shards.share

    def sharing(function: Callable[[list[str]], object], items: list[list[str]], *rest: int) -> Iterator[object]:
        shared.extend(items)
        return share(function, items, *rest)

    monkeypatch.setattr(shards, "share", sharing)
    monkeypatch.setattr(shards, "processors", lambda: 2)
    monkeypatch.setattr(shards, "_ALONE_SECONDS", -1.0)
    expected = project.found_anew()
    assert {path for paths in shared for path in paths} == {"desk/answer.py", "desk/openai_asker.py", "jobs/alone.py"}
    project.write("desk/new.py", "x = 1\n")
    assert project.found() == expected
    monkeypatch.setattr(shards, "processors", lambda: 1)
    assert project.found_anew() == expected
    project.write("desk/names.py", project.text("desk/names.py").replace("opus-4-1", "haiku-5-5"))
    assert project.found() == project.found_anew()
    assert "desk/answer.py" in project.looked_at()
    assert "jobs/alone.py" not in project.looked_at()
