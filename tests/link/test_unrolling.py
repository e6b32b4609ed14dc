"""Loops and comprehensions over items that the source tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

HEAD = """
import os
MESSAGES = [{"role": "system", "content": "S"}, {"role": "user", "content": "U"}, {"role": "user", "content": "V"}]
OPEN = [{"role": "system", "content": "S"}, *os.listdir(".")]
NAMES = ["a", "b"]
MORE = os.listdir(".")
"""

LOOPS: dict[str, tuple[str, object]] = {
    "the item with a role": (
        'text = ""\nfor m in MESSAGES:\n    if m["role"] == "system":\n        text = m["content"]\nsee(text)',
        "S",
    ),
    "the last of several": ('for m in MESSAGES:\n    if m["role"] == "user":\n        text = m["content"]\nsee(text)', "V"),
    "the first of several": (
        'for m in MESSAGES:\n    if m["role"] == "user":\n        text = m["content"]\n        break\nsee(text)',
        "U",
    ),
    "none of them": ('text = "t"\nfor m in MESSAGES:\n    if m["role"] == "tool":\n        text = m["content"]\nsee(text)', "t"),
    "the others skipped": (
        'for m in MESSAGES:\n    if m["role"] != "system":\n        continue\n    text = m["content"]\nsee(text)',
        "S",
    ),
    "all but one": (
        'rest = []\nfor m in MESSAGES:\n    if m["role"] == "system":\n        text = m["content"]\n    else:\n'
        '        rest.append(m["content"])\nsee(rest)',
        ["U", "V"],
    ),
    "of a list with an open end": (
        'text = ""\nfor m in OPEN:\n    if m["role"] == "system":\n        text = m["content"]\nsee(text)',
        "S",
    ),
    "none of a list with an open end": (
        'text = "t"\nfor m in OPEN:\n    if m["role"] == "tool":\n        text = m["content"]\nsee(text)',
        {"'t'", "'<varying>'"},
    ),
    "added up": ('text = "Names:"\nfor name in NAMES:\n    text += f" {name}."\nsee(text)', "Names: a. b."),
    "added up with numbers": ('text = ""\nfor i, name in enumerate(NAMES, 1):\n    text += f"{i}{name} "\nsee(text)', "1a 2b "),
    "added up over a dict": ('text = ""\nfor k, v in {"a": "x", "b": "y"}.items():\n    text += k + v\nsee(text)', "axby"),
    "added up over what is not known": (
        'text = "Names:"\nfor name in MORE:\n    text += name\nsee(text)',
        {"'Names:'", "'Names:<varying>'"},
    ),
    "by a test that is not known": (
        'text = "t"\nfor m in MESSAGES:\n    if MORE:\n        text = m["content"]\nsee(text)',
        {"'t'", "'S'", "'U'", "'V'"},
    ),
    "in a try": (
        'text = "t"\nfor m in MESSAGES:\n    try:\n        check(m)\n    except KeyError:\n        text = "u"\nsee(text)',
        {"'t'", "'u'"},
    ),
    "seen in the loop": ('text = "t"\nfor m in NAMES:\n    see(text)\n    text = m', {"'t'", "'a'", "'b'"}),
    "a comprehension": ('see([m["content"] for m in MESSAGES if m["role"] == "user"])', ["U", "V"]),
    "a comprehension of a list with an open end": ('see([m["content"] for m in OPEN if m["role"] == "system"])', ["S", "..."]),
    "a comprehension with a test that is not known": (
        'see([m["content"] for m in MESSAGES if m["content"] in MORE])',
        "<stable>",
    ),
    "joined": ('see("\\n".join(m["content"] for m in MESSAGES if m["role"] == "user"))', "U\nV"),
}


@pytest.mark.parametrize(("code", "expected"), LOOPS.values(), ids=LOOPS)
def test_values_after_loops(values_of: Callable[..., object], code: str, expected: object) -> None:
    assert values_of(HEAD + code) == expected
