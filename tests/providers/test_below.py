"""The requests of a whole program, and those that a piece of its code makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from llmlint.providers import below
from llmlint.providers.below import requests_below, requests_of_program
from llmlint.source import Span

Link = Callable[..., Any]

HEAD = "import anthropic\nclient = anthropic.Anthropic()\n"
CALL = "client.messages.create(model='{}', max_tokens=9, messages=[])"
MAIN = f"""{HEAD}
import helper
def ask():
    return {CALL.format("a")}
def run():
    ask()
    helper.help_out()
    print("done")
"""


@pytest.fixture
def linked(link: Link) -> Any:
    """A program of three files and a test, each with a call of its own model."""

    def file(function: str, model: str) -> str:
        return f"{HEAD}def {function}():\n    return {CALL.format(model)}\n"

    return link(MAIN, helper=file("help_out", "b"), other=file("elsewhere", "c"), tests__test_main=file("test_it", "d"))


RUN = MAIN[MAIN.index("def run") :]


def models_below(linked: Any, text: str) -> list[str] | None:
    start = MAIN.index(text)
    found = requests_below(linked.program, Span("main.py", start, start + len(text)))
    return None if found is None else [model.spelling for each in found for model in each.request.models]


@pytest.mark.parametrize(("path", "models"), [("main.py", "abc"), ("tests/test_main.py", "abcd")])
def test_the_requests_of_a_program_are_those_of_all_its_files_but_other_tests(linked: Any, path: str, models: str) -> None:
    found = requests_of_program(linked.program, path)
    assert found is not None
    assert sorted(model.spelling for request in found for model in request.models) == list(models)


@pytest.mark.parametrize(
    ("text", "models"),
    [("    ask()\n", ["a"]), ("helper.help_out()", ["b"]), (RUN, ["a", "b"]), ('print("done")', []), ("import helper", [])],
)
def test_requests_below_a_piece_of_code(linked: Any, text: str, models: list[str]) -> None:
    assert models_below(linked, text) == models


@pytest.mark.parametrize(("most", "models"), [(2, ["a", "b"]), (1, None)])
def test_of_many_files_those_count_that_a_file_imports(
    linked: Any, monkeypatch: pytest.MonkeyPatch, most: int, models: list[str] | None
) -> None:
    monkeypatch.setattr(below, "_MOST_FILES", most)
    assert requests_of_program(linked.program, "main.py") is None
    assert models_below(linked, RUN) == models
