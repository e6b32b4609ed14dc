"""The prices of the old model that a program has: numbers by which it computes costs, keys of tables, and comments."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from llmlint.callsite import Request
from llmlint.catalog import Model
from llmlint.fixes.model.forms import mentions
from llmlint.fixes.model.labels import few
from llmlint.fixes.model.mentions import last_name, parsed
from llmlint.link.program.memo import Memo
from llmlint.request_data import ModelValue

_MOST_FILES = 40
_PRICED = re.compile(r"\$\s?\d|\bpric|\bper (?:1?[MK]\b|million|thousand)|/\s?(?:1?[MK]\b|MTok|million)", re.IGNORECASE)
_COMMENT = re.compile(r"#[^\r\n]*")
_PRICE = re.compile(r"pric|cost|rate(?:s?\b|_|$)|usd|per_(?:m\b|1?k\b|1m|mtok|million|thousand|token)", re.IGNORECASE)
_LIMIT = re.compile(r"max|min|limit|budget|threshold|cap(?:_|$)|ceiling|alert", re.IGNORECASE)
_SIDES = {
    "input": re.compile(r"(?:^|_)(?:in|input|prompt)(?:_|s?$)", re.IGNORECASE),
    "output": re.compile(r"(?:^|_)(?:out|output|completion)(?:_|s?$)", re.IGNORECASE),
}
# Prices for a million tokens, for a thousand, and for one.
_UNITS = (1, 1_000, 1_000_000)
_KEYS: Memo[tuple[str, str, str], list[str]] = Memo()
_PRICES: Memo[tuple[str, str], list[tuple[int, str]]] = Memo()
_NUMBERS: Memo[tuple[str, str], tuple[_Number, ...]] = Memo()


class _Number(NamedTuple):
    """A number by whose name it is a price of input or output tokens."""

    side: str
    value: float
    line: int


def prices_of(call: Request, value: ModelValue, old: Model, new: Model) -> list[str]:
    """Where a program keeps the prices of the old model: numbers (`PRICE_INPUT = 3.00`), keys that begin with its name (`"gpt-4o-mini-input"`), and
    comments that tell them. `new` has others."""
    program = call.program
    found = []
    naming = [
        path
        for path in program.files_with(value.spelling.encode(), call.place.module)[:_MOST_FILES]
        if path.endswith((".py", ".ipynb")) and program.module(path) is not None
    ]
    for path in naming:
        text = program.source(path).text
        found += _KEYS.get(program, (path, text, value.spelling), partial(_keys_of_prices, path, text, value.spelling))
    scope = call.place.module.scopes[call.place.point.scope]
    own = dict.fromkeys((call.span.path, value.at.path))
    elsewhere = [each for each in naming if each not in own]
    users = program.import_names_by_file(call.span.path) if elsewhere else {}
    for path in (*own, *(each for each in elsewhere if each in users)):
        source = program.source(path)
        for start, comment in _PRICES.get(program, (path, source.text), partial(_comments_of_prices, source.text)):
            is_beside = path == call.span.path and scope.kind == "function" and scope.start <= start < scope.end
            named = (each for each in mentions(comment, old, old, value.spelling, value.spelling) if not each.is_loose)
            if any(named) or (is_beside and "$" in comment):
                found.append(f"{path}:{source.location(start).line}")
        if path in own and (old.input, old.output) != (new.input, new.output):
            numbers = _NUMBERS.get(program, (path, source.text), partial(_numbers_of_prices, source.text))
            priced = [each for each in numbers if _is_price(each, old)]
            if {each.side for each in priced} == {each.side for each in numbers}:
                found += [f"{path}:{each.line}" for each in priced]
    return few(found)


def _keys_of_prices(path: str, text: str, name: str) -> list[str]:
    key = re.compile(
        rf"""["']{re.escape(name)}[-_:/.]\w*?(?:input|output|prompt|completion|cached?|price|cost)\w*["']""", re.IGNORECASE
    )
    return [f"{path}:{text.count(chr(10), 0, match.start()) + 1}" for match in key.finditer(text)]


def _comments_of_prices(text: str) -> list[tuple[int, str]]:
    return [(match.start(), match.group()) for match in _COMMENT.finditer(text) if _PRICED.search(match.group())]


def _is_price(number: _Number, model: Model) -> bool:
    price = model.input if number.side == "input" else model.output
    return price is not None and any(math.isclose(number.value * unit, price, rel_tol=1e-6) for unit in _UNITS)


def _numbers_of_prices(text: str) -> tuple[_Number, ...]:
    """The numbers of a file that are prices by their names, or by the tokens that they are multiplied with."""
    found = []
    tree = parsed(text) if _PRICE.search(text) else None
    for node in ast.walk(tree) if tree is not None else ():
        for name, value in _named_in(node):
            number = _number_of(value)
            sides = [side for side, pattern in _SIDES.items() if pattern.search(name)]
            if number and len(sides) == 1 and not _LIMIT.search(name):
                found.append(_Number(sides[0], number, value.lineno))
    return tuple(found)


def _named_in(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Values with the names by which they are prices: of variables and attributes, parameters, items, and tokens that are multiplied with them."""
    if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            name = last_name(target)
            if _PRICE.search(name):
                yield name, node.value
                yield from _items(node.value)
    elif isinstance(node, ast.arguments):
        plain = [*node.posonlyargs, *node.args]
        parameters = [*plain[len(plain) - len(node.defaults) :], *node.kwonlyargs]
        for parameter, default in zip(parameters, (*node.defaults, *node.kw_defaults), strict=True):
            if default is not None and _PRICE.search(parameter.arg):
                yield parameter.arg, default
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        # `usage.input_tokens * 3.00 / 1_000_000`, `usage.input_tokens / 1_000_000 * 3.00`
        for tokens, factor in ((node.left, node.right), (node.right, node.left)):
            inner = tokens.left if isinstance(tokens, ast.BinOp) and isinstance(tokens.op, ast.Div) else tokens
            if "token" in last_name(inner):
                yield last_name(inner), factor


def _items(value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """`{"input": 3.00, "output": 15.00}`"""
    for key, item in zip(value.keys, value.values, strict=True) if isinstance(value, ast.Dict) else ():
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value, item


def _number_of(value: ast.expr) -> float | None:
    """`3.00`, `3.00 / 1_000_000`"""
    if isinstance(value, ast.Constant) and isinstance(value.value, (int, float)):
        return float(value.value)
    if isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Div, ast.Mult)):
        left, right = _number_of(value.left), _number_of(value.right)
        if left is not None and right:
            return left / right if isinstance(value.op, ast.Div) else left * right
    return None
