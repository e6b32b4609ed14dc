"""What the imports of a file say, told from its bytes."""

from __future__ import annotations

import pytest

from llmlint.discover.imports import import_statements


@pytest.mark.parametrize(
    ("data", "statements"),
    [
        (b"import os, shop.prices\n", {(b"", b"os, shop.prices")}),
        (b"x = 1\n\tfrom  shop  import  a as b # c\n", {(b"shop", b"a as b # c")}),
        (
            b"from ..net.post import (\n    send,\n    take,\n)\nimport re",
            {(b"..net.post", b"(\n    send,\n    take,\n)"), (b"", b"re")},
        ),
        (b"from . import a\r\nfrom .b import c\r\n", {(b".", b"a"), (b".b", b"c")}),
        (b'  "from shop import a\\n",\n  " import b\\n"\n', {(b"shop", b'a\\n",'), (b"", b'b\\n"')}),
        (b"from important import important", {(b"important", b"important")}),
        (b"# import a\nreimport b\nimported c\nx = 'import d'\nimport_module('e')\nfrom f\\\n", set()),
        (b"if x: import a\n", set()),
        # What stands in the parentheses of an import is none of its own.
        (b"from shop import (\nimport a\n)\n", {(b"shop", b"(\nimport a\n)")}),
    ],
)
def test_imports_are_read_from_the_start_of_a_line(data: bytes, statements: set[tuple[bytes, bytes]]) -> None:
    assert import_statements(data) == statements


@pytest.mark.parametrize("data", [b"import " * 30_000, b" " * 200_000 + b"import a", b"from" + b" " * 200_000 + b"x import a"])
def test_long_lines_take_no_long_time(data: bytes) -> None:
    assert import_statements(data) <= {(b"", b"import " * 29_999)}
