"""Text → libcst's tree, unless that would overflow a stack or take for ever.

libcst's parser recurses without a limit, and ends the process where the stack ends: after some thousand levels, of which it has more than
Python has, since `a or b or c`, `"a" "b" "c"` and `import a.b.c` are nested to libcst. It takes time that grows with the square of the
depth of prefix operators, and twice as long with each level of a pattern. So depth is estimated from the tokens before anything is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from llmlint.scan.large_stack import on_large_stack
from llmlint.scan.parse import ScanError

if TYPE_CHECKING:
    from libcst import BaseExpression, Module

Result = TypeVar("Result")

TOO_DEEP = "nested too deeply to be read"

_DEEPEST = 400
_DEEPEST_BRACKETS = 190
# How deep patterns of `case` may be, a mapping counted twice (libcst 1.9.0).
_DEEPEST_PATTERN = 16
# A text that cannot be deep.
_SHORT = 200

_STRING = (
    r"[A-Za-z]{0,2}"
    r'(?:"""(?:[^"\\]|\\.|"(?!""))*"""|'
    r"'''(?:[^'\\]|\\.|'(?!''))*'''|"
    r'"(?:[^"\\\r\n]|\\.)*"|'
    r"'(?:[^'\\\r\n]|\\.)*')"
)
_TOKEN = re.compile(
    rf"(?P<string>{_STRING})|(?P<skip>#[^\r\n]*|\\\r?\n|[ \t\f]+)|(?P<end>[\r\n]+)|(?P<open>[(\[{{])|(?P<close>[)\]}}])|(?P<comma>,)"
    r"|(?P<nests>\b(?:not|lambda|if|else|or|and|in|is|await|for)\b|[-+*/%&|^~@<>.!]+=?|==)|(?P<word>\w+)|.",
    re.DOTALL,
)
_LONG_HOLE = re.compile(rf"\{{([^{{}}]{{{_DEEPEST},}})")
_NESTS = re.compile(r"\b(?:not|lambda|if|or|and|in|is|await)\b|[-+*/%&|^~@<>.=]")
_COMPOUND = frozenset(
    ("if", "elif", "else", "for", "while", "try", "except", "finally", "with", "def", "class", "async", "match", "case", "@")
)
# Up to the last colon of the line: a pattern in one line, and its guard.
_PATTERN = re.compile(r"case\b([^\r\n]+)(?=:)")
_BRACKETED_TARGET = re.compile(r"^([ \t]*)\((\w+(?:\.\w+)*)\)(?=[ \t]*:)", re.MULTILINE)
_JOINED_BLANK = re.compile(r"(?<=\n)([ \t\f]*)\\(?=\n)")


def parse_in_brackets(code: str) -> tuple[Module, BaseExpression] | None:
    """libcst's tree of an expression in brackets, in which offsets are one further, and the expression; None where the code is none."""
    import libcst

    try:
        module = parse_module(f"({code})")
    except (ScanError, libcst.ParserSyntaxError):
        return None
    statement = module.body[0] if module.body else None
    if not isinstance(statement, libcst.SimpleStatementLine) or not isinstance(statement.body[0], libcst.Expr):
        return None
    return module, statement.body[0].value


def parse_module(text: str) -> Module:
    """libcst's tree of a text. Raises `ScanError` where it is nested too deeply or libcst refuses valid code, and `ParserSyntaxError`."""
    import libcst

    return _parse(libcst.parse_module, text)


def parse_expression(text: str) -> BaseExpression:
    """The same of one expression."""
    import libcst

    return _parse(libcst.parse_expression, text)


def _parse(parser: Callable[[str], Result], text: str) -> Result:
    import libcst

    try:
        if len(text) < _SHORT:
            return parser(text)
        if any(is_deep for _, _, _, is_deep in _logical_lines(text)):
            raise ScanError(TOO_DEEP)
        return on_large_stack(lambda: parser(text))
    except libcst.CSTValidationError as error:
        # Python takes `for row in*rows`, and libcst wants a space there.
        raise ScanError(f"libcst cannot read it: {error}") from None


def shallow(text: str) -> str:
    """The text with `pass` in place of simple statements that are nested too deeply, and `_` in place of such patterns; all else stays where
    it is. Raises `ScanError`."""
    parts: list[str] = []
    done = 0
    for start, end, first, is_deep in _logical_lines(text):
        if is_deep:
            pattern = _PATTERN.match(text, start, end)
            if pattern is not None:
                parts += [text[done : pattern.start(1)], " _".ljust(len(pattern[1]))]
                done = pattern.end(1)
                continue
            if first in _COMPOUND or end - start < len("pass"):
                raise ScanError(TOO_DEEP)
            # Lines end where they did, within the brackets that were: what is left of them is blank.
            rest = re.sub(r"[^\r\n]", " ", text[start + len("pass") : end])
            parts += [text[done:start], "pass", rest]
            done = end
    return "".join((*parts, text[done:]))


def plainer(text: str) -> str:
    """The text with what Python takes and libcst does not written in another way of the same length: `(name): int`, and a backslash alone
    on a line."""
    text = _BRACKETED_TARGET.sub(lambda found: f"{found[1]}{found[2]}  ", text)
    return _JOINED_BLANK.sub(lambda found: f"{found[1]} ", text)


def _logical_lines(text: str) -> Iterator[tuple[int, int, str, bool]]:
    """Where each logical line starts and ends, its first word, and whether it is nested too deeply.

    What nests is counted up to the next comma of the same brackets, which is never less than the depth. A comma between the parameters of a
    `lambda` does not end what nests before it.
    """
    counts: list[int] = [0]
    first = ""
    start = end = 0
    deepest = brackets = lambdas = mappings = 0
    was_string = False
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "skip":
            continue
        if kind == "end":
            if len(counts) > 1:
                continue
            if first:
                yield start, end, first, _is_deep(first, deepest + lambdas, brackets)
            first, was_string = "", False
            deepest = brackets = lambdas = mappings = 0
            counts = [0]
            continue
        if not first:
            start, first = token.start(), token[0]
        end = token.end()
        if kind == "open":
            counts.append(counts[-1] + 1)
            mappings += token[0] == "{"
            brackets = max(brackets, len(counts) - 1 + (mappings if first == "case" else 0))
        elif kind == "close":
            if len(counts) > 1:
                counts.pop()
            # What is called or looked into is one level further down.
            counts[-1] += 1
        elif kind == "comma":
            counts[-1] = counts[-2] + 1 if len(counts) > 1 else 0
        elif kind == "string" and len(token[0]) > _DEEPEST and "{" in token[0]:
            counts[-1] += max((len(_NESTS.findall(hole)) for hole in _LONG_HOLE.findall(token[0])), default=0) + was_string
        elif kind == "nests" or (kind == "string" and was_string):
            counts[-1] += len(token[0]) if token[0][0] in "-+~" else 1
            lambdas += token[0] == "lambda"
        deepest = max(deepest, counts[-1])
        was_string = kind == "string"
    if first:
        yield start, end, first, _is_deep(first, deepest + lambdas, brackets)


def _is_deep(first: str, deepest: int, brackets: int) -> bool:
    return deepest > _DEEPEST or brackets > (_DEEPEST_PATTERN if first == "case" else _DEEPEST_BRACKETS)
