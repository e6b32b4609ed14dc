"""What the iterations of the nearest loop on a call path send: whether the model, or what stands first, may be another one in each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Link = Callable[..., Any]

HEAD = """
import anthropic
client = anthropic.Anthropic()
def ask(text, model="m", system="s"):
    return client.messages.create(model=model, max_tokens=9, system=system, messages=[{"role": "user", "content": text}])
"""

DIFFER: dict[str, tuple[str, str]] = {
    "no loop": ("ask(x)", ""),
    "another text": ("for x in xs:\n    ask(x)", ""),
    "another model": ("for x in xs:\n    ask('t', x)", "model"),
    "another prefix": ("for x in xs:\n    ask('t', system=x)", "prefix"),
    "made from the item": ("for x in xs:\n    s = f'Read {x}.'\n    ask('t', 'm', s)", "prefix"),
    "a counter": ("n = 0\nfor x in xs:\n    n += 1\n    ask('t', 'm', f'Turn {n}')", "prefix"),
    "made before the loop": ("s = load()\nfor x in xs:\n    ask(x, 'm', s)", ""),
    "taken from a queue": ("while True:\n    ask('t', models.pop())", "model"),
    "in a caller of the caller": ("def one(m):\n    ask('t', m)\nfor x in xs:\n    one(x)", "model"),
    "which the caller's caller does not pass": ("def one(m):\n    ask('t', m)\nfor x in xs:\n    one('m')", ""),
    "the inner loop has the same": ("for m in ms:\n    for x in xs:\n        ask(x, m)", ""),
    "mapped": ("list(map(lambda x: ask('t', x), xs))", "model"),
    "a function inside of the loop's reads the item": (
        "def run(xs):\n    for x in xs:\n        def send():\n            return ask('t', x)\n        send()",
        "model",
    ),
    "a function inside of the loop's reads another name": (
        "def run(xs, y):\n    for x in xs:\n        def send():\n            return ask('t', y)\n        send()",
        "",
    ),
}


@pytest.mark.parametrize(("code", "differ"), DIFFER.values(), ids=DIFFER)
def test_what_differs_between_the_iterations_of_a_loop(link: Link, code: str, differ: str) -> None:
    paces = [site.pace for site in link(HEAD + code).sites]
    found = {"model": any(pace.models_differ for pace in paces), "prefix": any(pace.prefixes_differ for pace in paces)}
    assert " ".join(name for name, differs in found.items() if differs) == differ
