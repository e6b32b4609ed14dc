"""What the bytes of a source show to be a comment or a long string."""

from __future__ import annotations

import time

import pytest

from llmlint.discover.prose import has_code

CODE = {
    "code": "x = CALL()\n",
    "behind a docstring": '"""Says so."""\nx = CALL()\n',
    "behind a docstring and a comment": '"""Says so."""\n# three """ quotes\nx = CALL()\n',
    "behind a string with quotes": 'x = \'"""\'\ny = CALL()\n',
    "behind an escaped end": 'x = """a \\""" b"""\ny = CALL()\n',
    "behind an escaped backslash": 'x = """a \\\\"""\ny = CALL()\n',
    "behind a number sign in a string": "x = '#', CALL()\n",
    "in a short string": "x = eval('CALL()')\n",
    "in the hole of a long string": 'x = f"""{CALL()}"""\n',
    "in a hole behind a number sign": 'x = f"""\n# {CALL()}\n"""\n',
    "in the hole of a long raw string": 'x = rF"""{CALL()}"""\n',
    "between strings of both kinds": "x = '''\"\"\"''', CALL(), \"\"\"'''\"\"\"\n",
    "where a string does not end": 'x = """\ny = CALL()\n',
    "behind an empty string": 'x = "", CALL()\n',
}
PROSE = {
    "a comment": "# CALL()\n",
    "a comment behind code": "x = 1  # see CALL() there\r\n",
    "a docstring": '"""\nLike this:\n\n    CALL()\n"""\nx = 1\n',
    "a docstring with single quotes": "'''Like CALL().'''\n",
    "a docstring with an apostrophe": '"""\nIt\'s CALL() that does it.\n"""\n',
    "a docstring behind strings": "x = 'a\\'b', \"c\"\ndef f():\n    '''CALL()'''\n",
    "a comment in a docstring": '"""\n# CALL()\n"""\n',
    "a raw string": 'x = r"""\\d CALL() \\"""  """\n',
    "bytes": 'x = b"""CALL()"""\n',
}


@pytest.mark.parametrize("text", CODE.values(), ids=CODE)
def test_what_may_be_code_counts(text: str) -> None:
    data = text.encode()
    assert has_code(data, [data.index(b"CALL")])


@pytest.mark.parametrize("text", PROSE.values(), ids=PROSE)
def test_prose_does_not(text: str) -> None:
    data = text.encode()
    assert not has_code(data, [data.index(b"CALL")])
    data += b"CALL()\n"
    assert has_code(data, [data.index(b"CALL"), data.rindex(b"CALL")])


@pytest.mark.parametrize("unit", ['"', '"""', "'''", '\\"""', "#", "'\\", "\"\"\" ''' ", "# '\n", '"\n'])
def test_hostile_bytes_take_linear_time(unit: str) -> None:
    data = b'"""' + unit.encode() * (1_000_000 // len(unit))
    start = time.process_time()
    has_code(data, range(0, len(data), 10_000))
    assert time.process_time() - start < 5
