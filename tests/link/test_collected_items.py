"""What the items of a list are that one loop fills and another goes over, or a pool."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Link = Callable[..., Any]

FILLED = "prompts = []\nfor row in rows():\n    prompts.append(f'Judge {row}')\n"

ITEMS: dict[str, tuple[str, object]] = {
    "of a filled list": (f"{FILLED}for p in prompts:\n    see(p)", "Judge <varying>"),
    "by a number": (f"{FILLED}for i, p in enumerate(prompts):\n    see(p)", "Judge <varying>"),
    "with another list": (f"{FILLED}for i, p in zip(rows(), prompts):\n    see(p)", "Judge <varying>"),
    "behind a progress bar": (f"{FILLED}for p in tqdm.tqdm(prompts, desc='d'):\n    see(p)", "Judge <varying>"),
    "behind two": (f"{FILLED}for i, p in enumerate(tqdm.tqdm(prompts)):\n    see(p)", "Judge <varying>"),
    "of a list that starts with one": (
        "prompts = ['First']\nfor row in rows():\n    prompts.append('Next')\nfor p in prompts:\n    see(p)",
        {"'First'", "'Next'"},
    ),
    "of one of two forms": (
        "prompts = []\nfor row in rows():\n    if row:\n        prompts.append('A')\n    else:\n        prompts.append('B')\n"
        "for p in prompts:\n    see(p)",
        {"'A'", "'B'"},
    ),
    "pairs": ("pairs = []\nfor row in rows():\n    pairs.append((row, 'P'))\nfor row, p in pairs:\n    see(p)", "P"),
    "of a list to which others were added": (f"{FILLED}prompts.extend(rows())\nfor p in prompts:\n    see(p)", "<varying>"),
    "of a list that was passed on": (f"{FILLED}change(prompts)\nfor p in prompts:\n    see(p)", "<varying>"),
    "of a sorted list": (f"{FILLED}prompts.sort()\nfor p in prompts:\n    see(p)", "<varying>"),
    "what a function has filled": (
        "def fill():\n    prompts = []\n    for row in rows():\n        prompts.append('P')\n    return prompts\nfor p in fill():\n    see(p)",
        "P",
    ),
}


@pytest.mark.parametrize(("code", "expected"), ITEMS.values(), ids=ITEMS)
def test_items_of_a_list(values_of: Callable[..., object], code: str, expected: object) -> None:
    assert values_of("from elsewhere import rows, change\nimport tqdm\n" + code) == expected


MAPPED: dict[str, tuple[str, list[str]]] = {
    "a filled list": (f"{FILLED}pool.map(ask, prompts)", ["m: user=Judge <varying>"]),
    "a comprehension": ("pool.map(ask, ['P' + row for row in rows()])", ["m: user=P<varying>"]),
    "two lists": ("pool.map(answer, rows(), ['P' for row in rows()])", ["m: user=P"]),
    "pairs": ("pool.starmap(answer, [(row, 'P') for row in rows()])", ["m: user=P"]),
    "what is not known": ("pool.map(ask, rows())", []),
    "a literal list": ("pool.map(ask, ['Pa', 'Pb'])", ["m: user=P<varying>"]),
}


@pytest.mark.parametrize(("code", "expected"), MAPPED.values(), ids=MAPPED)
def test_what_a_mapped_function_is_passed(link: Link, code: str, expected: list[str]) -> None:
    head = """
import anthropic
from multiprocessing import Pool
from elsewhere import rows
client = anthropic.Anthropic()
pool = Pool()
def ask(prompt):
    return client.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": prompt}])
def answer(row, prompt):
    return ask(prompt)
"""
    assert [asked for asked in link(head + code).asked if asked != "m: user=<varying>"] == expected


TEXTS: dict[str, tuple[str, object]] = {
    "split": ("see('a---b---c'.split('---')[1])", "b"),
    "split once": ("see('a---b---c'.split('---', 1)[1])", "b---c"),
    "split at blanks": ("see('a b'.split()[0])", "a"),
    "partition": ("see('key: value'.partition(': ')[2])", "value"),
    "the last part": ("see('a.b.c'.rsplit('.', 1)[1])", "c"),
    "lines": ("see('a\\nb'.splitlines()[1])", "b"),
    "without a prefix": ("see('## Head'.removeprefix('## '))", "Head"),
    "split at what is not known": ("see('a-b'.split(unknown())[0])", "<stable>"),
    "split at nothing": ("see('ab'.split('')[0])", "<stable>"),
    "next": ("see(next(a for a in ['x', 'y'] if a == 'y'))", "y"),
    "next of none": ("see(next((a for a in ['x', 'y'] if a == 'z'), 'd'))", "d"),
    "joined alternatives": ("see('-'.join(['P' if sys.argv else 'Q', 'r']))", {"'P-r'", "'Q-r'"}),
}


@pytest.mark.parametrize(("code", "expected"), TEXTS.values(), ids=TEXTS)
def test_pieces_of_texts(values_of: Callable[..., object], code: str, expected: object) -> None:
    assert values_of("import sys\nfrom elsewhere import unknown\n" + code) == expected


def test_methods_that_only_related_classes_have(link: Link) -> None:
    base = "class Model:\n    def reply(self, text): ...\n"
    code = """
        import anthropic
        from base import Model
        class Claude(Model):
            def write_reply(self, text):
                return anthropic.Anthropic().messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": text}])
        """
    desk = "def go(models):\n    models['x'].write_reply('P')\n"
    other = "from base import Model\nclass Other(Model):\n    def write_reply(self, text): ...\n"
    apart = "class Post:\n    def write_reply(self, text): ...\n"

    def certainty(**more: str) -> str:
        [site] = [site for site in link(code, base=base, desk=desk, **more).sites if site.steps]
        return site.certainty.name

    assert certainty() == "MEDIUM"
    assert certainty(other=other) == "MEDIUM"
    assert certainty(apart=apart) == "LOW"
