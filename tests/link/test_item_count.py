"""How many items a loop goes over, and which of two loops counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Link = Callable[..., Any]

HEAD = """
import argparse, json, sys
import anthropic
client = anthropic.Anthropic()
def ask(x):
    return client.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": x}])
def load(path):
    return json.load(open(path))
TWO, SIX = ["a", "b"], ["a", "b", "c", "d", "e", "f"]
"""
CASES = {
    "a literal list": ("for x in TWO:\n    ask(x)", 2),
    "nothing, or what a file holds": ("rows = load('f') or []\nfor x in rows:\n    ask(x)", None),
    "a short list, or what a file holds": ("rows = TWO if sys.argv else load('f')\nfor x in rows:\n    ask(x)", None),
    "the longer of two lists": ("rows = TWO if sys.argv else SIX\nfor x in rows:\n    ask(x)", 6),
    "an empty list for others to fill": (
        "class Base:\n    rows = []\n    def run(self):\n        for x in self.rows: ask(x)",
        None,
    ),
    "the default of an option": (
        "p = argparse.ArgumentParser()\np.add_argument('--x', nargs='*', default=['a', 'b'])\nfor x in p.parse_args().x: ask(x)",
        None,
    ),
    "the first ones": ("for x in load('f')[:3]:\n    ask(x)", 3),
    "the first ones by number": ("for i, x in enumerate(load('f')[0:5]):\n    ask(x)", 5),
    "as many as are numbered": ("for i, x in enumerate(load('f')):\n    if i > 4: break\n    ask(x)", 5),
    "as many as are numbered, by equality": ("for i, x in enumerate(load('f')):\n    if i == 4:\n        break\n    ask(x)", 4),
    "one more where the break stands behind the call": (
        "for i, x in enumerate(load('f')):\n    ask(x)\n    if i == 4: break",
        5,
    ),
    "numbered from one": ("for i, x in enumerate(load('f'), 1):\n    if i > 4: break\n    ask(x)", None),
    "as many as a setting says": ("for i, x in enumerate(load('f')):\n    if i > int(sys.argv[1]): break\n    ask(x)", None),
    "a break by something else": ("for i, x in enumerate(load('f')):\n    if len(x) > 4: break\n    ask(x)", None),
    "the shortest of two": ("for x, y in zip(load('f'), TWO):\n    ask(x + y)", 2),
    "a range by a constant": ("N = 5\nfor i in range(N):\n    ask(f'{i}')", 5),
    "a range from zero": ("for i in range(0, 3):\n    ask(f'{i}')", 3),
    "a range from one number to another": ("for i in range(1, 6):\n    ask(f'{i}')", 5),
    "a range by a length that is not known": ("for i in range(len(load('f'))):\n    ask(f'{i}')", None),
    "few in a long loop": ("for y in load('f'):\n    for x in TWO:\n        ask(x + y)", None),
    "few in few": ("for y in ('p', 'q', 'r'):\n    for x in TWO:\n        ask(x + y)", 6),
    "few in a function that is called in a long loop": (
        "def both(y):\n    for x in TWO:\n        ask(x + y)\nfor y in load('f'):\n    both(y)",
        None,
    ),
}


@pytest.mark.parametrize(("code", "items"), CASES.values(), ids=CASES)
def test_item_count(link: Link, code: str, items: int | None) -> None:
    site = link(HEAD + code).site
    assert site.fan_out is not None
    assert site.fan_out.items == items
