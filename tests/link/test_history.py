"""Whether the messages of a call are a history that grows, and whether code on the way may mark them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

import pytest

Link = Callable[..., Any]


GROWS = {
    "appended in a loop": """
        def run(task):
            messages = [task]
            while True:
                answer = CALL(messages)
                messages.append(answer)
        """,
    "made longer by +=": """
        def run(task):
            messages = [task]
            for _ in range(9):
                messages += [CALL(messages)]
        """,
    "made anew from itself": """
        def run(task):
            messages = [task]
            for _ in range(9):
                messages = [*messages, CALL(messages)]
        """,
    "copied": """
        def run(task):
            messages = [task]
            for _ in range(9):
                sent = list(messages)
                messages.append(CALL(sent))
        """,
    "sent without its first item": """
        def run(task):
            messages = [task]
            while True:
                messages.append(CALL(messages[1:]))
        """,
    "attribute": """
        class Chat:
            def __init__(self):
                self.turns = []
            def say(self, text):
                self.turns.append(text)
                return CALL(self.turns)
        """,
    "attribute that another method adds to": """
        class Chat:
            def __init__(self):
                self.turns = []
            def add(self, turn):
                self.turns.append(turn)
            def say(self, text):
                self.add(text)
                return CALL(self.turns)
        """,
    "attribute joined with the question": """
        class Chat:
            def say(self, text):
                messages = self.turns + [text]
                self.turns.append(CALL(messages))
        """,
    "global": """
        turns = []
        def say(text):
            turns.append(text)
            return CALL(turns)
        """,
    "parameter that gets the answer": """
        def say(turns, text):
            turns.append(text)
            turns.append(CALL(turns))
        """,
    "made longer by a caller": """
        def send(messages):
            return CALL(messages)
        def run(task):
            messages = [task]
            while True:
                messages.append(send(messages))
        """,
    "made longer two callers above": """
        def send(messages):
            return CALL(messages)
        def step(history):
            return send(messages=history)
        def run(task):
            messages = [task]
            while True:
                messages.append(step(messages))
        """,
}
STAYS = {
    "display": "def f(x): return CALL([x])",
    "made anew in each round": """
        def run(tasks):
            for task in tasks:
                messages = []
                messages.append(task)
                CALL(messages)
        """,
    "filled before it is sent": """
        def f(examples, x):
            messages = []
            for each in examples:
                messages.append(each)
            messages.append(x)
            return CALL(messages)
        """,
    "last turns only": """
        class Chat:
            def say(self, text):
                self.turns.append(text)
                return CALL(self.turns[-6:])
        """,
    "started again in each call": """
        class Chat:
            def say(self, text):
                self.turns = [text]
                self.turns.append("Be brief.")
                return CALL(self.turns)
        """,
    "text that grows inside a message": """
        def story(parts):
            so_far = ""
            for part in parts:
                so_far += CALL([{"role": "user", "content": so_far + part}])
        """,
    "longer after a failure only": """
        def f(x):
            messages = [x]
            for _ in range(3):
                try:
                    return CALL(messages)
                except ValueError as error:
                    messages.append(error)
        """,
    "handed over anew by each caller": """
        def send(messages):
            return CALL(messages)
        def run(tasks):
            for task in tasks:
                send([task])
        """,
}
HEAD = "import anthropic\nclient = anthropic.Anthropic()\n"


def program(code: str) -> str:
    return HEAD + textwrap.dedent(code).replace("CALL(", 'client.messages.create(model="m", max_tokens=9, messages=')


@pytest.mark.parametrize("code", GROWS.values(), ids=GROWS)
def test_history_that_grows(link: Link, code: str) -> None:
    assert link(program(code)).site.sends_growing_history


@pytest.mark.parametrize("code", STAYS.values(), ids=STAYS)
def test_messages_that_are_no_history(link: Link, code: str) -> None:
    assert not link(program(code)).site.sends_growing_history


def test_what_follows_a_history_is_not_known(link: Link) -> None:
    site = link(program(GROWS["attribute"])).site
    assert [(segment.kind, segment.role, segment.is_whole) for segment in site.prompt.segments] == [("message", "", False)]


@pytest.mark.parametrize(
    ("line", "may_be_marked"),
    [
        ("print(messages)", False),
        ("polish(messages)", True),
        ("mark(messages)", True),
        ("shorten(messages)", False),
        ('messages[-1]["content"][0]["cache_control"] = {"type": "ephemeral"}', True),
    ],
)
def test_code_that_may_mark_a_history(link: Link, line: str, may_be_marked: bool) -> None:
    code = f"""
        from elsewhere import polish
        def mark(turns):
            turns[-1]["cache_control"] = 1
        def shorten(turns):
            return len(turns)
        def run(task):
            messages = [task]
            while True:
                {line}
                messages.append(CALL(messages))
        """
    site = link(program(code)).site
    assert site.sends_growing_history
    assert site.prompt.may_be_marked is may_be_marked
