"""IPython's additions to Python in notebook cells: where they are, and text of the same length that parses in their place.

Masks keep every offset and column. A masked statement or value becomes the name `_`, whose value nobody knows, padded with
spaces: it parses wherever a statement or an expression may stand, so that no block is left empty.
"""

from __future__ import annotations

import ast
import re
import warnings

# Cell magics whose body is Python that runs in the notebook's own kernel, or is shown and checked as such.
_PYTHON_CELLS = frozenset(
    {
        "capture",
        "debug",
        "ipytest",
        "memit",
        "mprun",
        "lprun",
        "prun",
        "px",
        "pypy",
        "python",
        "python3",
        "scalene",
        "time",
        "timeit",
    }
)

_FIRST_LINE = re.compile(r"(?:[ \t\f]*(?:\r\n|\r|\n))*")
_CELL_MAGIC = re.compile(r"%%(\w[^\s]*)?")
# Databricks marks whole cells so, alone in the first line.
_OTHER_LANGUAGE = re.compile(r"%(?:md|md-sandbox|sql|sh|scala|r|fs)[ \t]*(?=\r|\n)")
# With automagic, which is on by default, IPython takes these as magics without their `%`, where no variable has the name. A line counts as one
# only if it is no Python.
_AUTOMAGIC = re.compile(
    r"""
    ([ \t\f]*)
    (?:alias|autoreload|cat|cd|clear|conda|cp|dirs|env|history|ldir|less|lf|lk|ll|load_ext|ls|lx|mamba|man|matplotlib|micromamba|mkdir|more|mv
      |pip|pip3|popd|pushd|pwd|pylab|reload_ext|rm|rmdir|run|set_env|time|timeit|unalias|unload_ext|uv|who|who_ls|whos)
    [ \t]+
    (?!(?:and|as|else|for|if|in|is|not|or)\b)
    (?=[\w~."'/$-])
    """,
    re.VERBOSE,
)
# No statement of Python starts with one of these characters.
_ESCAPE = re.compile(r"([ \t\f]*)[%!?,;/]")
# `%time` and its like run the statement that follows them, after options such as `-n 3` or `-q`.
_TIMED = re.compile(r"%(?:time|timeit|prun|memit)(?:[ \t]+-[a-zA-Z](?:[ \t]*\d+)?)*[ \t]+(?=[^\s])")
_LINE_END = re.compile(r"\r\n|\r|\n|\Z")
_SPACE = re.compile(r"[^\r\n]")

# What can end a logical line or hide its end. Strings come before quotes that nothing closes.
_TOKEN = re.compile(
    r"""
      (?P<skip>
          \#[^\r\n]*
        | \"\"\"[^\\\"]*(?:(?:\\[\s\S]|\"(?!\"\"))[^\\\"]*)*\"\"\"
        | '''[^\\']*(?:(?:\\[\s\S]|'(?!''))[^\\']*)*'''
        | \"(?!\"\")[^\\\"\r\n]*(?:\\(?:\r\n|[\s\S])[^\\\"\r\n]*)*\"
        | '(?!'')[^\\'\r\n]*(?:\\(?:\r\n|[\s\S])[^\\'\r\n]*)*'
        | \\(?:\r\n|\r|\n)
      )
    | (?P<open_text>\"\"\"|''')
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<end>\r\n|\r|\n)
    | (?P<help>\?\??[ \t]*(?=\#|\r|\n|\Z))
    | (?P<assign>(?<![=!<>:+\-*/%&|^@~])=[ \t]*(?=%[A-Za-z_]|!(?!=)))
    """,
    re.VERBOSE,
)


def mask(cell: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The text of a code cell with everything that is not Python masked, and the ranges of it that are, in order."""
    ranges = _find(cell)
    parts: list[str] = []
    done = 0
    for start, end, text in ranges:
        parts += (cell[done:start], text)
        done = end
    parts.append(cell[done:])
    return "".join(parts), tuple((start, end) for start, end, _ in ranges)


def is_cell_magic(cell: str) -> bool:
    """Whether a cell begins with a magic that rules all of it, so that nothing may come before that line."""
    at = _start(cell)
    return cell.startswith("%%", at) or _OTHER_LANGUAGE.match(cell, at) is not None


def blank(text: str) -> str:
    """Spaces in place of a text, with its line ends."""
    return _SPACE.sub(" ", text)


def _start(cell: str) -> int:
    """Where the first line begins that is not empty."""
    first = _FIRST_LINE.match(cell)
    return first.end() if first else 0


def _find(cell: str) -> list[tuple[int, int, str]]:
    """Start, end and substitute of each range to mask."""
    first = at = _start(cell)
    magic = _CELL_MAGIC.match(cell, at)
    if (magic and magic[1] not in _PYTHON_CELLS) or _OTHER_LANGUAGE.match(cell, at):
        return [(at, len(cell), blank(cell[at:]))]
    found: list[tuple[int, int, str]] = []
    while at < len(cell):
        escape = _ESCAPE.match(cell, at)
        if escape:
            begin, at = at, _rest(cell, escape.end())
            start, end, text = _escaped(cell, escape.end(1), at)
            # IPython takes the indent of its first line from a cell.
            found.append((begin, end, "_" + cell[begin:start] + text[1:]) if begin == first else (start, end, text))
        elif automagic := _automagic(cell, at):
            at = automagic[1]
            found.append(automagic)
        else:
            at = _logical_line(cell, at, found)
        if cell.startswith("\r\n", at):
            at += 2
        elif at < len(cell) and cell[at] in "\r\n":
            at += 1
    return found


def _rest(cell: str, at: int) -> int:
    """Where the line of a magic ends, with the lines that backslashes join to it."""
    while True:
        end = _LINE_END.search(cell, at)
        if end is None or end.end() == len(cell):
            return end.start() if end else len(cell)
        if cell[end.start() - 1] != "\\":
            return end.start()
        at = end.end()


def _name(text: str) -> str:
    return "_" + blank(text[1:])


def _escaped(cell: str, start: int, end: int) -> tuple[int, int, str]:
    """The mask of a line magic or shell line; of `%time` and its like only the magic itself is masked, not the statement."""
    timed = _TIMED.match(cell, start, end)
    if timed and _is_statement(cell[timed.end() : end]):
        return start, timed.end(), _name(timed[0][:-1]) + ";"
    return start, end, _name(cell[start:end])


def _automagic(cell: str, at: int) -> tuple[int, int, str] | None:
    """The mask of a magic that is written without its `%`: `pip install anthropic`."""
    named = _AUTOMAGIC.match(cell, at)
    if named is None:
        return None
    start, end = named.end(1), _rest(cell, named.end())
    return None if _is_statement(cell[start:end]) else (start, end, _name(cell[start:end]))


def _is_statement(text: str) -> bool:
    """Whether a text can stand behind a semicolon."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse("_;" + text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def _logical_line(cell: str, start: int, found: list[tuple[int, int, str]]) -> int:
    """Scan one logical line of Python and add what must be masked in it. Returns where it ends, before its line end."""
    depth = 0
    at = start
    while token := _TOKEN.search(cell, at):
        kind = token.lastgroup
        at = token.end()
        if kind == "open_text":
            return len(cell)
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth = max(depth - 1, 0)
        elif depth == 0:
            if kind == "end":
                return token.start()
            if kind == "help":
                text = cell[start : token.end()]
                indent = len(text) - len(text.lstrip(" \t\f"))
                found.append((start + indent, token.end(), _name(text[indent:])))
            elif kind == "assign":
                end = _rest(cell, at)
                found.append((at, end, _name(cell[at:end])))
                return end
    return len(cell)
