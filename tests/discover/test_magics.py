"""Masks for what IPython adds to Python: the same length, the same lines, and it parses."""

from __future__ import annotations

import ast
import textwrap

import pytest

from llmlint.discover.magics import is_cell_magic, mask


def masked(cell: str) -> str:
    text, ranges = mask(cell)
    assert len(text) == len(cell)
    assert [each for each in text if each in "\r\n"] == [each for each in cell if each in "\r\n"]
    kept = [True] * len(cell)
    for start, end in ranges:
        assert 0 <= start < end <= len(cell)
        kept[start:end] = [False] * (end - start)
    assert all(not keep or text[at] == cell[at] for at, keep in enumerate(kept))
    ast.parse(text)
    return text


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("%matplotlib inline\nx = 1", ["_", "x = 1"]),
        ("!pip install anthropic\nx = 1\n", ["_", "x = 1"]),
        ("!!ls\n", ["_"]),
        ("!\n?\n%", ["_", "_", "_"]),
        ("?print\n", ["_"]),
        ("print?\n", ["_"]),
        ("a.b??  # what is it\nx = 1", ["_      # what is it", "x = 1"]),
        ("files = !ls *.py\n", ["files = _"]),
        ("x = %env HOME\ny = 1\n", ["x = _", "y = 1"]),
        ("x =!ls\n", ["x =_"]),
        ("if x:\n    !pip install y\nelse:\n    %cd ..\n", ["if x:", "    _", "else:", "    _"]),
        ("for f in fs:\n\t!cat {f}\n", ["for f in fs:", "\t_"]),
        ("!pip install \\\n    a \\\n    b\nx = 1\n", ["_", "", "", "x = 1"]),
        ("!echo \"it's\nx = 1\r\n%ls\r\ny = 2", ["_", "x = 1", "_", "y = 2"]),
        ("/print 1\n,f a b\n;f a b\n", ["_", "_", "_"]),
        ("!echo é 中\n", ["_"]),
        (" !ls \\\n    -la\nx = 1", ["_", "", "x = 1"]),
        ("\n  %cd ..\n!ls\n", ["", "_", "_"]),
        ("  %time x = 1\ny = 2", ["_      ;x = 1", "y = 2"]),
    ],
)
def test_lines_are_masked(cell: str, expected: list[str]) -> None:
    assert [line.rstrip() for line in masked(cell).splitlines()] == expected


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "\n\n",
        "x = 5 % 3\n",
        "x = (7\n% 3)\n",
        "x = 7 \\\n% 3\n",
        's = """\n!pip\n%magic\nwhat?\n"""\n',
        "s = '''\n%%bash\n'''\n",
        's = "a\\\n!b"\n',
        "# !pip install\n# really?\n",
        "x = a != b\n",
        "print('why?')\n",
        "x = {'a': 1,\n'!': 2}\n",
        "f(a=\n  1)\n",
        "x = '%s' % y\n",
        "x %= 3\n",
        'x = """unclosed \\""" still"""\n',
        "s = r'\\\\'\nx = 1\n",
        "def f():\n    return 1  # done?\n",
        "await g()\n",
        "x = 1;\n",
        "\x0cx = 1\n",
    ],
)
def test_python_is_left_alone(cell: str) -> None:
    assert masked(cell) == cell


@pytest.mark.parametrize(
    "line",
    ["pip install anthropic", "pip install -q 'anthropic>=1' openai", "cd ..", "cd ~/work", "conda install -y x", "cat prompt.txt",
     "load_ext autoreload", "autoreload 2", "run helpers.py", "uv pip install x", "mkdir -p a/b", "matplotlib inline", "env KEY=value",
     "pip install a \\\n  b"],
)  # fmt: skip
def test_magics_need_no_percent_sign(line: str) -> None:
    text = masked(f"x = 1\n{line}\ny = (1,\n  2)\n")
    assert text.split() == ["x", "=", "1", "_", "y", "=", "(1,", "2)"]
    assert len(text) == len(f"x = 1\n{line}\ny = (1,\n  2)\n")
    assert masked(f"if x:\n    {line}\n").split() == ["if", "x:", "_"]


@pytest.mark.parametrize(
    "cell",
    ["ls = 1\n", "cd in x\n", "run(1)\n", "time (1)\n", "ls -la\n", "run if x else y\n", "cat.x\n", "pip\n", "rm is None\n", "more: int = 1\n",
     "f(\n  run\n  , 1)\n", 'f"""\npip install x\n"""\n', "env  [0]\n", "pipes = pip or x\n"],
)  # fmt: skip
def test_names_of_magics_are_names(cell: str) -> None:
    assert masked(cell) == cell


@pytest.mark.parametrize(
    "magic", ["bash", "sh", "html", "javascript", "writefile x.py", "sql", "latex", "!", "R -i x", "cython", "script sh"]
)
def test_cells_of_other_languages_are_blank(magic: str) -> None:
    cell = f"\n%%{magic}\nthis is (not Python\n\tat all\r\n"
    text = masked(cell)
    assert text.strip() == ""
    assert is_cell_magic(cell)


@pytest.mark.parametrize("magic", ["time", "timeit -n 3", "capture out", "prun", "python3"])
def test_cells_that_run_python_keep_their_body(magic: str) -> None:
    cell = f"%%{magic}\nx = f()\n!ls\n%time y = 1\n"
    assert masked(cell).splitlines()[1:] == ["x = f()", "_  ", "_    ;y = 1"]
    assert is_cell_magic(cell)


@pytest.mark.parametrize("magic", ["%md", "%sql", "%sh", "%scala", "%md-sandbox  "])
def test_databricks_cells_are_blank(magic: str) -> None:
    assert masked(f"{magic}\n# Title (1\nit's text\n").strip() == ""
    assert masked(f"{magic} one line\nx = 1\n").splitlines()[1] == "x = 1"


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::SyntaxWarning")
@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("%time r = client.messages.create(a=1)\n", "_    ;r = client.messages.create(a=1)\n"),
        ("%timeit -n 10 -r3 f(x)\n", "_                ;f(x)\n"),
        ("%prun -q f()\n", "_       ;f()\n"),
        ("%time await f()\n", "_    ;await f()\n"),
        ("%time for x in y: f(x)\n", "_                     \n"),
        ("%time\n", "_    \n"),
        ("%timer f()\n", "_         \n"),
        ("%time f(\n", "_       \n"),
        ("%time f('\\d')\n", "_    ;f('\\d')\n"),
    ],
)
def test_a_statement_that_is_timed_is_kept(cell: str, expected: str) -> None:
    assert mask(cell)[0] == expected
    ast.parse(expected)
    assert "if x:\n" + textwrap.indent(expected, "    ") == masked("if x:\n" + textwrap.indent(cell, "    "))


def test_a_cell_may_be_broken() -> None:
    for cell in (
        "x = (1,\n!ls\n",
        "'''open\n!ls\n",
        's = "open\n!ls\n',
        "def f(:\n%x\n",
        ")\n]\n!x\n",
        "x = '\\",
        "\\",
        "%time \\",
        "?" * 9,
    ):
        text, _ = mask(cell)
        assert len(text) == len(cell)


def test_lines_after_an_unclosed_bracket_are_not_taken_for_magics() -> None:
    cell = "f(a,\n%b\n"
    assert mask(cell) == (cell, ())
