"""By which calls a value gets to the LLM call, as the notes of its finding say it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from llmlint.config.settings import SettingsResolver
from llmlint.findings import Finding
from llmlint.rules.registry import known_rules
from llmlint.run.engine import Run

HEAD = """\
import anthropic

client = anthropic.Anthropic()
MESSAGES = [{"role": "user", "content": "hello"}]


def ask(model):
    return client.messages.create(model=model, max_tokens=9, messages=MESSAGES)


"""
DEAR = '"claude-opus-5-5"'

Notes = Callable[[str], list[list[str]]]


@pytest.fixture
def notes() -> Notes:
    """For each finding of LLM201 in a program, its notes with the source that they stand at."""

    def find(code: str) -> list[list[str]]:
        settings = SettingsResolver(".", {"select": ["LLM201"], "min-confidence": "low"}, True, known=known_rules())
        run = Run.of_bytes("app.py", code.encode(), settings, known_rules())
        lint = run.lint()
        assert not lint.errors
        return [[f"{shown(run, finding, at)}: {note}" for at, note in related(finding)] for finding in lint.findings]

    def related(finding: Finding) -> list[tuple[tuple[int, int], str]]:
        return [((each.span.start, each.span.end), each.message) for each in finding.related]

    def shown(run: Run, finding: Finding, at: tuple[int, int]) -> str:
        return re.sub(r"\s+", " ", run.text("app.py")[slice(*at)])

    return find


def test_a_value_in_the_function_of_the_call_has_no_chain(notes: Notes) -> None:
    assert notes(HEAD.replace("model=model", f"model={DEAR}") + 'ask("x")\n') == [[]]
    assert notes(HEAD.replace("(model)", f"(model={DEAR})") + "ask()\n") == [[]]


def test_a_call_outside_functions_has_no_chain(notes: Notes) -> None:
    assert notes(f"import anthropic\n\nanthropic.Anthropic().messages.create(model={DEAR}, max_tokens=9, messages=[])\n") == [[]]


def test_a_constant_that_the_function_uses_itself_has_no_chain_though_a_caller_gives_it_too(notes: Notes) -> None:
    code = HEAD.replace("model=model", "model=DEAR") + f"DEAR = {DEAR}\nask(DEAR)\n"
    assert notes(code) == [[]]


def test_what_a_helper_below_the_call_returns_has_no_chain(notes: Notes) -> None:
    code = HEAD.replace("model=model", "model=name()") + f'def name():\n    return {DEAR}\n\n\nask("x")\n'
    assert notes(code) == [[]]


def test_the_shortest_way_leads_from_the_value_to_the_call(notes: Notes) -> None:
    code = HEAD + f"def upper(name):\n    return ask(name)\n\n\nupper({DEAR})\n"
    assert notes(code) == [[f"upper({DEAR}): through `upper()`, called here", "ask(name): through `ask()`, called here"]]
    code += f"DEAR = {DEAR}\nupper(DEAR)\nask(DEAR)\n"
    assert notes(code)[1] == ["ask(DEAR): through `ask()`, called here", "upper(DEAR): also through `upper()`, called here"]


def test_functions_that_do_not_hand_the_value_on_are_not_on_the_way(notes: Notes) -> None:
    code = HEAD + f'def upper(name):\n    print(name)\n    return ask("claude-haiku-5-5")\n\n\nupper({DEAR})\nask({DEAR})\n'
    assert notes(code) == [[f"ask({DEAR}): through `ask()`, called here"]]


def test_recursion_ends(notes: Notes) -> None:
    code = HEAD + f"def again(name, left):\n    return again(name, left - 1) if left else ask(name)\n\n\nagain({DEAR}, 3)\n"
    assert notes(code) == [[f"again({DEAR}, 3): through `again()`, called here", "ask(name): through `ask()`, called here"]]


@pytest.mark.parametrize(("callers", "last"), [(5, ""), (6, ", and in 1 more place"), (9, ", and in 4 more places")])
def test_a_few_of_many_callers_are_listed_and_the_rest_is_counted(notes: Notes, callers: int, last: str) -> None:
    code = HEAD + f"DEAR = {DEAR}\n" + "ask(DEAR)\n" * callers
    also = "ask(DEAR): also through `ask()`, called here"
    assert notes(code) == [["ask(DEAR): through `ask()`, called here", also, also, also, also + last]]


def test_callers_with_another_model_are_not_listed(notes: Notes) -> None:
    assert notes(HEAD + f'ask({DEAR})\nask("claude-haiku-5-5")\n') == [[f"ask({DEAR}): through `ask()`, called here"]]


def test_a_value_inside_an_object_is_followed_too(notes: Notes) -> None:
    code = HEAD.replace("def ask(model)", "def ask(options)").replace("model=model", "model=options.model")
    code += f"""\
class Options:
    def __init__(self, model):
        self.model = model


ask(Options({DEAR}))
"""
    assert notes(code) == [[f"ask(Options({DEAR})): through `ask()`, called here"]]


def test_a_constructor_has_the_name_of_the_class_that_is_made(notes: Notes) -> None:
    code = f"""\
import anthropic


class Clerk:
    def __init__(self, model):
        self.client, self.model = anthropic.Anthropic(), model
        self.name = model

    def ask(self):
        return self.client.messages.create(model=self.name, max_tokens=9, messages=[])


class Chief(Clerk):
    pass


Chief({DEAR}).ask()
"""
    assert notes(code) == [[f"Chief({DEAR}): through `Chief()`, called here"]]


def test_a_nested_function_has_it_from_the_call_of_the_outer_one(notes: Notes) -> None:
    code = (
        HEAD
        + f"""\
def outer(name):
    def inner():
        return client.messages.create(model=name, max_tokens=9, messages=MESSAGES)

    return inner()


outer({DEAR})
"""
    )
    assert notes(code) == [[f"outer({DEAR}): through `outer()`, called here"]]


def test_of_prompts_the_callers_with_another_text_are_listed() -> None:
    prompt = "The clerk answers letters about the harbour, politely and in short sentences. " * 80
    code = HEAD.replace("(model)", "(model, system)").replace("model=model", 'model="claude-sonnet-5-5", system=system')
    code = code.replace("messages=MESSAGES", 'messages=[{"role": "user", "content": input()}]')
    code += f'LONG = """{prompt}"""\nask("", LONG)\nask("", "Be brief.")\nask("", read())\n'
    run = Run.of_bytes(
        "app.py",
        code.encode(),
        SettingsResolver(".", {"select": ["LLM101"], "min-confidence": "low"}, True, known=known_rules()),
        known_rules(),
    )
    (finding,) = run.lint().findings
    assert [(run.text("app.py")[each.span.start : each.span.end], each.message) for each in finding.related] == [
        ('ask("", LONG)', "through `ask()`, called here"),
        ('ask("", "Be brief.")', "another text through `ask()`, called here"),
    ]
