"""Which answers about a program an edit of one file makes stale: all that are others now, and no more than have to be asked again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from llmlint.link.program.answers import Answers, Question
from llmlint.link.program.changes import stale_answers, update_answers
from llmlint.link.program.disk import Disk
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program

Link = Callable[..., Any]

MAIN = """
def ask(text):
    return text

class Desk:
    def ask_all(self, text):
        return text
"""
OTHER = """
from main import ask
# cache
ask(1)

def run(desk):
    desk.ask_all(2)
"""


def answers(program: Program) -> dict[Question, Any]:
    """What the program says to questions of each kind, asked for main.py."""
    home = program.module("main.py")
    assert home is not None
    program.modules_naming("ask", home)
    program.modules_naming("ask_all", home, "Desk")
    program.modules_deriving("Desk", home, "ask_all")
    program.is_of_related_classes("ask_all", "Desk", home)
    program.mentions((b"cache", b"batch"), home)
    program.words_of(home.path, (b"text",))
    program.first_matching(b"cache", re.compile(rb"# cache"), "main.py")
    program.files_holding((b"cache",), home)
    program.files_holding((b"batch",), home)
    program.import_names("main.py")
    return dict(program.answers.known)


EDITS: dict[str, tuple[str, set[str]]] = {
    "nothing that is asked for": (OTHER + "x = 1\n", set()),
    "a word less": (OTHER.replace("# cache", ""), {"words", "word", "matching"}),
    "a word more": (OTHER + "# batch\n", {"word"}),
    "the import has gone": (OTHER.replace("from main import ask", "ask = print"), {"naming", "import names"}),
    "another way to import": (OTHER.replace("from main import ask", "from main import ask\nimport main"), set()),
    "the method is no longer used": (OTHER.replace("desk.ask_all(2)", "print(desk)"), {"naming"}),
    "a class that derives": (
        OTHER + "import main\nclass Help(main.Desk):\n    def ask_all(self): pass\n",
        {"naming", "deriving", "related"},
    ),
    "a class of its own with the method": (OTHER + "class Help:\n    def ask_all(self): pass\n", {"naming", "related"}),
}


@pytest.mark.parametrize(("text", "kinds"), EDITS.values(), ids=EDITS)
def test_answers_that_an_edit_makes_stale(link: Link, text: str, kinds: set[str]) -> None:
    before = link(MAIN, other=OTHER, third="x = 2").program
    old = answers(before)
    after = link(MAIN, other=text, third="x = 2").program
    new = answers(after)
    assert old.keys() == new.keys()
    after.answers.known, after.answers.classes, after.answers.related = old, before.answers.classes, before.answers.related
    stale = stale_answers(after, "other.py", text.encode())
    assert {question[0] for question in stale} == kinds
    assert {question for question in old if old[question] != new[question]} <= stale
    update_answers(after, "other.py", text.encode())
    assert after.answers.known.items() <= new.items()
    # Of words, the new answers are known without another look at all files.
    assert {question for question in new if question[0] == "word"} <= after.answers.known.keys()


@pytest.mark.parametrize("path", ["test_other.py", "tests/other.py", "other.py"])
def test_a_file_that_is_called_a_test_uses_a_name_unless_it_holds_tests(link: Link, path: str) -> None:
    def users(text: str) -> tuple[Program, list[str]]:
        program = link(MAIN, **{path.removesuffix(".py").replace("/", "__"): text}).program
        home = program.module("main.py")
        assert home is not None
        return program, [module.path for module in program.modules_naming("ask", home)]

    texts = OTHER, OTHER + "def test_it():\n    run(None)\n"
    for before, after in (texts, reversed(texts)):
        old, was = users(before)
        program, now = users(after)
        assert was == ([] if path.startswith("tests/") or (path.startswith("test_") and "test_it" in before) else [path])
        question = ("naming", "ask", "main.py", None)
        program.answers.known = {question: old.answers.known[question]}
        assert (question in stale_answers(program, path, after.encode())) is (was != now)


def test_what_results_rest_on_is_known_in_a_later_run() -> None:
    answers, later = Answers(), Answers()
    function, word = ("function", "helper.py", 3), ("asked", "word", ".", "cache")
    answers.rest({function: frozenset({"main.py"}), word: frozenset({"main.py", "page.py"})})
    later.rest({function: frozenset({"page.py"}), ("function", "helper.py", 1): frozenset({"page.py"})})
    answers.known[word[1:]] = ["main.py"]
    answers.add(later)
    assert sorted(answers.functions()["helper.py"]) == [1, 3]
    again = Answers.of_record(json.loads(json.dumps(answers.record())))
    assert again.resting == answers.resting
    assert again.resting[function] == {"main.py", "page.py"}
    again.forget([word[1:]], frozenset({"page.py"}))
    assert again.resting == {function: {"main.py"}, word: {"main.py"}}
    assert not again.known


def test_a_later_program_has_only_results_that_hold_anywhere(link: Link) -> None:
    program = link("x = 1", other="y = 2").program
    here, anywhere = Memo[str, int](), Memo[str, int](holds_anywhere=True)
    for memo in (here, anywhere):
        memo.get(program, "x", lambda: 1)
    later = program.successor({}, lambda path: None)
    assert here.get(later, "x", lambda: 2) == 2
    assert anywhere.get(later, "x", lambda: 2) == 1


def test_files_outside_of_the_working_directory_are_named_from_there() -> None:
    disk = Disk()
    assert disk.shown(disk.absolute("../other/a.py")) == "../other/a.py"
    disk.shows_absolute = True
    assert disk.shown(disk.absolute("../other/a.py")) == disk.absolute("../other/a.py")
    assert disk.shown(disk.absolute("a.py")) == "a.py"
