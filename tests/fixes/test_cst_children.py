"""What nodes hold is what libcst visits of them, but for white space."""

from __future__ import annotations

import libcst as cst
import pytest

from llmlint.fixes.edits.cst_children import children_of, classes_of, kept_by_node

TEXT = """\
import a.b as c, d
from . import (e,  # why
    f as g)
@h(1, *i, k=2, **l)
async def m(n, /, o: int = 1, *p, q=(3), **r) -> None:
    global s; s += 1
    async with t() as u, v: yield  # so
    return [w async for w in x if y] + {z: 1 for z in (yield)} if not a is None else lambda: -b[1:2, ...]
class A(B, metaclass=C): d: int = 5
try:
    pass
except (E, F) as g:
    raise G from h
else: x = y = z
finally:
    del a, b[1]
# A line.
while (i := 1) < 2 <= 3: break
match a:
    case [1, *b] | {"c": d, **e} if f: continue
    case G(h, i=j) as k: assert a, b
    case -1 | None: ...
print(f"{a}{a!r}{b:>{c}}{d=}" "e" \'f\', end=b"")
"""


def nodes_of(node: cst.CSTNode) -> list[cst.CSTNode]:
    return [node, *(each for child in node.children for each in nodes_of(child))]


@pytest.mark.parametrize("text", ["f'{a}{b:c}'\n", "f'{b:c}{a}'\n", TEXT])
def test_children_are_those_that_are_visited(text: str) -> None:
    for node in nodes_of(cst.parse_module(text)):
        held = tuple(each for each in node.children if not isinstance(each, (cst.SimpleWhitespace, cst.Newline)))
        assert children_of(node) == held, type(node)


def test_classes_are_those_of_all_kinds() -> None:
    assert {cst.ListComp, cst.For} < classes_of(cst.BaseComp, cst.For)
    assert cst.While not in classes_of(cst.BaseComp, cst.For)


def test_what_is_kept_for_a_node_is_found_once_and_let_go_of() -> None:
    found: list[cst.CSTNode] = []

    @kept_by_node(4)
    def find(node: cst.CSTNode) -> int:
        found.append(node)
        return len(found)

    first, second, third, fourth, fifth = (cst.Name("a") for _ in range(5))
    assert [find(each) for each in (first, second, third, first)] == [1, 2, 3, 1]
    # `first` was asked for again and stays; `second` was not.
    assert [find(each) for each in (fourth, fifth, first, second)] == [4, 5, 1, 6]
