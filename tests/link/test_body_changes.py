"""What of a function's body is another one, and where the rest of it is now."""

from __future__ import annotations

import textwrap

import pytest

from llmlint.link.program.body_changes import BodyChange, change_of_body

BODY = """\
client = connect()  # One for all.
names = [each.name for each in rows]
for name in names:
    if name:
        client.send(name, model=MODEL)
    else:
        skipped += 1
try:
    total = len(names)
except ValueError as error:
    return None
return total
"""


def change(old: str, new: str) -> BodyChange | None:
    assert old in BODY
    before, after = (textwrap.indent(body, "    ") for body in (BODY, BODY.replace(old, new)))
    return change_of_body(before, after, "")


@pytest.mark.parametrize(
    ("old", "new", "words", "kinds"),
    [
        pytest.param("skipped += 1", "skipped += 2", {"skipped", "1", "2"}, {"bindings"}, id="another statement"),
        pytest.param("names = [", "x.y = 'a-b'\nnames = [", {"x", "y", "a", "b"}, {"stores", "references"}, id="one more, at the top"),
        pytest.param("        client", "        log(name)\n        client", {"log", "name"}, {"calls"}, id="one more, in a branch"),
        pytest.param("client = connect()  # One for all.\n", "", {"client", "connect"}, {"bindings", "calls"}, id="one less"),
        pytest.param("# One for all.", "# All.", set(), set(), id="a comment"),
        pytest.param("return total", "return total + 1", {"return", "total", "1"}, {"exits"}, id="what is returned"),
        pytest.param("    total = len(names)\n", "    a.b[0] = 1\n", {"total", "len", "names", "a", "b", "0", "1"},
                     {"bindings", "calls", "references", "stores"}, id="one in the place of another"),
    ],
)  # fmt: skip
def test_plain_statements(old: str, new: str, words: set[str], kinds: set[str]) -> None:
    found = change(old, new)
    assert found is not None
    assert (found.words, found.kinds) == (words, kinds)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("if name:", "if names:", id="a test"),
        pytest.param("for name in names:", "for name in rows:", id="what a loop goes over"),
        pytest.param("each.name for", "each.key for", id="a comprehension"),
        pytest.param("return total", "total", id="one return less"),
        pytest.param("    return None", "    raise", id="another way out"),
        pytest.param("    return None", "    sys.exit()\n    return None", id="the end of the program"),
        pytest.param("skipped += 1", "skipped = lambda: 1", id="a function"),
        pytest.param("skipped += 1", "yield 1", id="a generator"),
        pytest.param("except ValueError", "except OSError", id="what is caught"),
        pytest.param("    else:\n        skipped += 1\n", "", id="one branch less"),
        pytest.param("skipped += 1", "import json", id="an import"),
        pytest.param("skipped += 1", "skipped +=", id="what is no Python"),
    ],
)
def test_more_than_plain_statements(old: str, new: str) -> None:
    assert change(old, new) is None


def test_places_move_with_the_statements_that_stand_there() -> None:
    old, new = "        client.send", "        first = 1\n        client.send"
    before, after = (textwrap.indent(body, "    ") for body in (BODY, BODY.replace(old, new)))
    found = change_of_body(before, after, "")
    assert found is not None
    for word in ("connect", "# One", "for name", "if name", "client.send", "MODEL", "else:", "skipped", "return total"):
        at = before.index(word)
        assert after.startswith(word, found.offset(at)), word
    assert found.offset(len(before.rstrip())) == len(after.rstrip())
    assert found.offset(0) == 0


def test_places_that_are_not_sure_are_nowhere() -> None:
    found = change("        client.send", "        first = 1\n        client.send")
    assert found is not None
    before = textwrap.indent(BODY, "    ")
    # The start of a line may be the end of what stands ahead of it.
    for at in (before.index("            client.send"), before.index("            client.send") + 3):
        with pytest.raises(ValueError, match="changed"):
            found.offset(at)
    assert found.offset(before.index("    for name")) == before.index("    for name")
    other = change("client = connect()", "first = 1\nclient = connect()")
    assert other is not None
    with pytest.raises(ValueError, match="changed"):
        other.offset(0)
    assert other.offset(4) == 4 + len("    first = 1\n")


def test_a_body_beside_its_header() -> None:
    found = change_of_body("a(); b = 1", "a(); b = 2", " ")
    assert found is not None
    assert (found.words, found.kinds) == ({"b", "1", "2"}, {"bindings"})
    assert found.offset(3) == 3
    moved = change_of_body("a(); b = 1", "c(); a(); b = 1", " ")
    assert moved is not None
    assert moved.offset(5) == 10
    with pytest.raises(ValueError, match="changed"):
        moved.offset(0)


def test_a_place_in_what_has_changed_is_nowhere() -> None:
    found = change("client.send(name", "client.receive(name")
    assert found is not None
    with pytest.raises(ValueError, match="changed"):
        found.offset(textwrap.indent(BODY, "    ").index("send(name"))
