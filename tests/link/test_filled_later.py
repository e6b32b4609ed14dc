"""Items of dicts that other functions fill."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Link = Callable[..., object]

OF_ATTRIBUTE = """
class A:
    def __init__(self, given):
        self.x = {start}
        {constructor}
    def fill(self, text):
        {fill}
    def read(self, key):
        see({read})
"""


@pytest.mark.parametrize(
    ("start", "fill", "read", "found"),
    [
        ("{}", "self.x['k'] = text", "self.x.get('k', 'd')", {"'d'", "'<varying>'"}),
        ("{'k': 'd'}", "self.x['k'] = text", "self.x['k']", {"'d'", "'<varying>'"}),
        ("{'k': 'd'}", "self.x['k'] = text", "self.x.get('k')", {"'d'", "'<varying>'"}),
        ("{'k': 'd'}", "self.x[text] = text", "self.x['k']", {"'d'", "'<varying>'"}),
        ("{'k': 'd'}", "self.x.update(text)", "self.x['k']", {"'d'", "'<varying>'"}),
        ("{'k': 'd'}", "self.x.setdefault('k', text)", "self.x['k']", {"'d'", "'<varying>'"}),
        ("{'k': 'd'}", "self.x['other'] = text", "self.x['k']", "d"),
        ("{'k': 'd'}", "self.y['k'] = text", "self.x['k']", "d"),
        ("{'k': 'd'}", "x['k'] = text", "self.x['k']", "d"),
        ("{'k': 'd'}", "self.x['k'] = 'e'", "self.x['k']", {"'d'", "'<unknown>'"}),
        ("{}", "pass", "self.x.get('k', 'd')", {"'d'", "'<unknown>'"}),
    ],
)
def test_items_of_an_attribute(values_of: Link, start: str, fill: str, read: str, found: object) -> None:
    assert values_of(OF_ATTRIBUTE.format(start=start, constructor="pass", fill=fill, read=read)) == found


def test_what_a_constructor_fills_is_chosen_once(values_of: Link) -> None:
    code = OF_ATTRIBUTE.format(start="{}", constructor="self.load()", fill="pass", read="self.x.get('k', 'd')")
    code += "    def load(self):\n        for name in names():\n            self.x[name] = open(name).read()\n"
    assert values_of(code) == {"'d'", "'<unknown>'"}


@pytest.mark.parametrize(
    ("fill", "found"),
    [
        ("def fill(text):\n    X['k'] = text", {"'d'", "'<varying>'"}),
        ("def fill(text):\n    X = {}\n    X['k'] = text", "d"),
        ("def fill(X, text):\n    X['k'] = text", "d"),
        ("def fill(text):\n    X['j'] = text", "d"),
    ],
)
def test_items_of_a_name_of_the_module(values_of: Link, fill: str, found: object) -> None:
    assert values_of(f"X = {{'k': 'd'}}\n{fill}\ndef read():\n    see(X['k'])") == found


def test_a_name_of_the_function_itself_is_filled_by_nobody_else(values_of: Link) -> None:
    assert values_of("def fill(text):\n    X['k'] = text\ndef read():\n    X = {'k': 'd'}\n    see(X['k'])") == "d"


def test_a_lambda_that_fills_a_dict_of_the_module(values_of: Link) -> None:
    code = "X = {'k': 'd'}\nfill = lambda text: X.update(text)\ndef read():\n    see(X.get('k', 'd'))\n"
    assert values_of(code) == {"'d'", "'<varying>'"}
