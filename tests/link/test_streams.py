"""Whether a streamed response is only collected, or somebody reads along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from llmlint.link.flow.streams import is_collected, is_passed_on_in_pieces

Link = Callable[..., Any]

STREAMS = {
    "pieces put together": ("    for piece in call():\n        text += piece\n    return text", True),
    "pieces put in a list": ("    s = call()\n    for piece in s:\n        parts.append(piece.text)", True),
    "pieces by number": ("    s = call()\n    for i, piece in enumerate(s):\n        parts.append(piece)", True),
    "pieces of an attribute": ("    with call() as s:\n        for piece in s.text_stream:\n            text += piece", True),
    "pieces by another name": ("    s = call()\n    t = s\n    for piece in t:\n        text += piece", True),
    "pieces in a comprehension": ("    s = call()\n    return [piece for piece in s]", True),
    "pieces of an awaited stream": ("    s = await call()\n    async for piece in s:\n        text += piece", True),
    "pieces that are printed": ("    for piece in call():\n        print(piece)", False),
    "pieces that are printed by another name": (
        "    for piece in call():\n        text = piece.text\n        print(text)",
        False,
    ),
    "something else that is printed": ("    for piece in call():\n        text += piece\n        print('.')", True),
    "pieces that are yielded": ("    for piece in call():\n        yield piece", False),
    "pieces of something else": ("    s = call()\n    for piece in other:\n        text += piece", False),
    "pieces of what a function makes": ("    s = call()\n    for piece in show(s):\n        text += piece", False),
    "a list": ("    s = call()\n    return list(s)", True),
    "a join": ("    s = call()\n    return ''.join(s)", True),
    "the final message": ("    with call() as s:\n        return s.get_final_message()", True),
    "another method": ("    with call() as s:\n        return s.next_one()", False),
    "a method of something in it": ("    with call() as s:\n        return s.other.close()", True),
    "a stream that is returned": ("    s = call()\n    for piece in s:\n        text += piece\n    return s", False),
    "a stream that is passed on": ("    s = call()\n    show(s)\n    return list(s)", False),
    "a stream that is kept": ("    s = call()\n    self.s = s\n    return list(s)", False),
    "a stream that is unpacked": ("    s, t = call()\n    return list(s)", False),
    "nothing": ("    s = call()", False),
    "returned at once": ("    return call()", False),
}


@pytest.mark.parametrize(("body", "collected"), STREAMS.values(), ids=STREAMS)
def test_streams_that_are_only_collected(link: Link, body: str, collected: bool) -> None:
    linked = link(
        f"async def f(self, text, parts):\n{body}" if "await" in body or "async" in body else f"def f(self, text, parts):\n{body}"
    )
    [fact] = linked.calls("call")
    assert is_collected(linked.module(), fact.call, fact.scope) is collected


@pytest.mark.parametrize(
    ("body", "in_pieces"),
    [
        ("    answer = call()\n    for word in answer.split():\n        yield word", True),
        ("    answer = call()\n    yield answer", False),
        ("    for word in words:\n        yield call()", False),
        ("    for word in words:\n        yield word\n    answer = call()", False),
        ("    answer = call()\n    for word in answer.split():\n        print(word)", False),
    ],
)
def test_generators_that_give_one_response_in_pieces(link: Link, body: str, in_pieces: bool) -> None:
    linked = link(f"def f(words):\n{body}")
    [fact] = linked.calls("call")
    assert is_passed_on_in_pieces(linked.module(), fact.scope, fact.block, fact.order) is in_pieces
