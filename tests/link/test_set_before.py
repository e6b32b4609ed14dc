"""Attributes that a statement sets on the way to the method that reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Link = Callable[..., Any]

CLIENT = "from openai import OpenAI\nclient = OpenAI()\n"
BOT = """
class Bot:
    def __init__(self):
        self.system = "none"

    def other(self):
        self.system = "other"

    def ask(self, text):
        client.chat.completions.create(model="gpt-6-luna", messages=[{"role": "system", "content": self.system}])
"""


def systems(link: Link, code: str) -> list[str]:
    """What the system prompts of all call paths are."""
    found = link(CLIENT + code).sites
    return sorted({segment.text or segment.gaps[0].stability.name for site in found for segment in site.prompt.segments})


CASES = {
    "by the caller": (BOT + "def run(bot):\n    bot = Bot()\n    bot.system = 'mine'\n    bot.ask('')", ["mine"]),
    "by the body of a module": (BOT + "bot = Bot()\nbot.system = 'mine'\nbot.ask('')", ["mine"]),
    "by each caller its own": (
        BOT
        + "def one():\n    a = Bot()\n    a.system = '1'\n    a.ask('')\ndef two():\n    b = Bot()\n    b.system = '2'\n    b.ask('')",
        ["1", "2"],
    ),
    "the last one": (BOT + "a = Bot()\na.system = '1'\na.system = '2'\na.ask('')", ["2"]),
    "in a method of a subclass": (
        BOT + "class Sub(Bot):\n    def go(self):\n        self.system = 'sub'\n        self.ask('')\nSub().go()",
        ["sub"],
    ),
    "two callers up": (
        BOT
        + "class Sub(Bot):\n    def go(self):\n        self.system = 'sub'\n        self.on()\n    def on(self):\n        self.ask('')\nSub().go()",
        ["sub"],
    ),
    "in a branch": (BOT + "a = Bot()\nif x:\n    a.system = '1'\na.ask('')", ["other"]),
    "later": (BOT + "a = Bot()\na.ask('')\na.system = '1'", ["other"]),
    "later in a loop": (BOT + "a = Bot()\nfor x in xs:\n    a.ask('')\n    a.system = '1'", ["other"]),
    "in the same iteration": (BOT + "a = Bot()\nfor x in xs:\n    a.system = '1'\n    a.ask('')", ["1"]),
    "with a method that sets it, too": (BOT + "a = Bot()\na.system = '1'\na.other()\na.ask('')", ["other"]),
    "added to": (BOT + "a = Bot()\na.system += '1'\na.ask('')", ["other"]),
    "of another object": (BOT + "a = Bot()\nb = Bot()\nb.system = '1'\na.ask('')", ["other"]),
    "from the item of a loop": (BOT + "a = Bot()\nfor x in xs:\n    a.system = x\n    a.ask('')", ["VARYING"]),
}


@pytest.mark.parametrize(("code", "expected"), CASES.values(), ids=CASES.keys())
def test_set_by_a_caller(link: Link, code: str, expected: list[str]) -> None:
    assert systems(link, code) == expected


OWN = {
    "in the method": ("self.a = '1'\n        see(self.a)", "1"),
    "twice": ("self.a = '1'\n        self.a = '2'\n        see(self.a)", "2"),
    "in a branch": ("self.a = '1'\n        if x:\n            self.a = '2'\n        see(self.a)", {"'0'", "'1'", "'2'"}),
    "made from itself": ("self.a = '1'\n        self.a = self.a + '2'\n        see(self.a)", "12"),
    "a list that grows": ("self.a = ['1']\n        self.a.append('2')\n        see(self.a)", ["1", "escaped"]),
    "a list that is left alone": ("self.a = ['1']\n        see(self.a)", ["1"]),
    "a dict of which an item is set": (
        "self.a = {'b': '1'}\n        self.a['b'] = x\n        see(self.a)",
        {"b": "1", "escaped": True},
    ),
}


@pytest.mark.parametrize(("code", "expected"), OWN.values(), ids=OWN.keys())
def test_set_by_the_method_itself(values_of: Callable[[str], object], code: str, expected: object) -> None:
    found = values_of(f"class A:\n    def __init__(self):\n        self.a = '0'\n    def f(self, x):\n        {code}\n")
    assert found == expected
