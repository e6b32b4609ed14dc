"""A project in memory finds what a run from nothing finds, whatever was edited before."""

from __future__ import annotations

from pathlib import Path

import pytest

from editor import APP, PROMPTS
from llmlint.config.settings import SettingsResolver
from llmlint.discover.project import ask_about_text
from llmlint.rules.registry import known_rules
from llmlint.server.project import Project

JOBS = "from app import ask\n\n\ndef run(rows):\n    for row in rows:\n        print(ask(row))\n"
NET = """from urls import URL


def send(client, text):
    body = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": text}]}
    return client.post(URL, json=body)
"""
CHAIN = """from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI

chain = ChatPromptTemplate.from_template("Tag {text}") | ChatOpenAI(model="gpt-4")
"""
CALL = "from steps import chain\n\n\ndef call(text):\n    return chain.invoke({'text': text})\n"
EDITS = (
    ("prompts.py", 'BOOK = "Be brief."\n'),
    ("prompts.py", PROMPTS + "\n\n"),
    ("app.py", "# A line more.\n" + APP),
    ("app.py", APP + "\n\ndef broken("),
    ("jobs.py", JOBS.replace("import ask", "import tag as ask")),
    ("jobs.py", JOBS.replace("from app import ask", "import app").replace("(ask(", "(app.ask(")),
    ("jobs.py", "from app import *\n" + JOBS),
    ("app.py", APP.replace("def ask(question)", "def ask(question, BOOK=BOOK)")),
    ("app.py", APP.replace("create(\n        model", "create(  # llmlint: ignore[LLM101, LLM301] kept\n        model")),
    ("names.py", "class Base:\n    def ask(self):\n        return self.ask()\n"),
    ("names.py", "def send(client, rows):\n    return client.messages.batches.create(requests=rows)\n"),
    (
        "names.py",
        "claude = gpt = None\ndef reader(kwargs):\n    return kwargs['messages'], kwargs['model'], kwargs.input_tokens\n",
    ),
    ("names.py", "class Base:\n    pass\n"),
    ("app.py", "import os\n"),
    ("app.py", APP),
    ("urls.py", 'URL = "https://api.anthropic.com/v1/messages"\n'),
    ("net.py", NET + "\n\n"),
    ("urls.py", 'URL = "https://hooks.example.com"\n'),
    ("urls.py", 'import net\n\nURL = "https://api.anthropic.com/v1/messages"\n'),
    ("net.py", NET.replace("haiku-4-5", "3-haiku-20240307")),
    ("net.py", "import os\n"),
    ("net.py", NET),
    ("chains.py", CHAIN),
    ("steps.py", "import os\n"),
    ("steps.py", "from chains import chain\n"),
    ("call.py", CALL + "\n\n"),
    ("chains.py", CHAIN.replace('"gpt-4"', '"gpt-4-32k"')),
    ("call.py", CALL.replace("steps", "chains")),
    ("call.py", CALL.replace("chain.invoke", "chain.pipe")),
    ("call.py", CALL),
    ("chains.py", CHAIN.replace("langchain_", "other_")),
    ("chains.py", CHAIN),
    ("steps.py", "from names import chain\n"),
    ("names.py", "from chains import chain\n"),
)


@pytest.fixture
def files(project: Path) -> Path:
    (project / "jobs.py").write_text(JOBS)
    (project / "names.py").write_text("class Base:\n    pass\n")
    (project / "urls.py").write_text('URL = ""\n')
    (project / "net.py").write_text(NET)
    for name, text in (("chains.py", ""), ("steps.py", ""), ("call.py", CALL)):
        (project / name).write_text(text)
    return project


def made(root: Path, texts: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Project:
    empty = tmp_path / "empty"
    empty.mkdir(exist_ok=True)
    monkeypatch.chdir(empty)
    settings = SettingsResolver(str(empty), {}, known=known_rules())
    project = Project(ask_about_text(str(root / "app.py"), settings, True), settings, known_rules(), texts)
    project.load(lambda: False)
    return project


def test_edits_one_after_another_give_what_a_run_from_nothing_gives(
    files: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    project = made(files, {}, monkeypatch, tmp_path)
    first = project.check_all(lambda: False).findings
    assert {each.code for each in first} == {"LLM101", "LLM202", "LLM301"}
    texts: dict[str, bytes] = {}
    for name, text in EDITS:
        path = str(files / name)
        is_sound = project.change(path, text.encode())
        assert is_sound == ("broken" not in text)
        if not is_sound:
            continue
        texts[path] = text.encode()
        project.check(lambda: False, frozenset({path}), hastily=True)
        project.check(lambda: False)
        fresh = made(files, texts, monkeypatch, tmp_path).check_all(lambda: False).findings
        assert project.check(lambda: False).findings == fresh, (name, text)


def test_a_hasty_check_leaves_out_batch_fixes_and_nothing_else(
    files: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    project = made(files, {}, monkeypatch, tmp_path)
    path = str(files / "app.py")
    hasty = project.check(lambda: False, frozenset({path}), hastily=True).findings
    assert project.waits
    whole = project.check(lambda: False).findings
    assert not project.waits
    assert [(each.code, each.at, each.message) for each in hasty] == [(each.code, each.at, each.message) for each in whole]
    assert [each.code for each in hasty if each.fix is None] == ["LLM301"]
    assert all(each.fix is not None for each in whole)
