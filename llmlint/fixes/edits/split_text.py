"""Cutting a string expression in two where its first changing part begins, with the text that it makes unchanged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import libcst as cst

from llmlint.scan.libcst_parse import parse_expression, parse_in_brackets
from llmlint.scan.parse import ScanError
from llmlint.scan.positions import Offsets, offsets_of

_PLUS = re.compile(r"(#[^\r\n]*)|\+")


@dataclass(frozen=True, slots=True)
class SplitText:
    """The code of both parts. `tail_has_text`: the tail cannot be empty or white space, whatever its holes are."""

    head: str
    tail: str
    tail_has_text: bool


def split_text(code: str, hole: int) -> SplitText | None:
    """Split an f-string, implicitly joined strings, or a sum. `hole` is the offset of the expression that changes.

    Comments between brackets stay with the part that they stand by. None where the expression has another form, or where the head would
    hold nothing.
    """
    parsed = parse_in_brackets(code)
    if parsed is None:
        return None
    module, expression = parsed
    offsets = offsets_of(module)
    leaves = leaves_of(expression)
    index = next((i for i, leaf in enumerate(leaves) if offsets.of(leaf)[0] <= hole + 1 < offsets.of(leaf)[1]), None)
    if index is None:
        return None
    cut = _cut(module, expression, leaves, index, hole + 1, offsets)
    return cut if cut is not None and _parses(cut.head) and _parses(cut.tail) else None


def leaves_of(expression: cst.BaseExpression, is_inner: bool = False) -> list[cst.BaseExpression]:
    """What a sum or an implicit concatenation consists of, from left to right. A part in brackets of its own stays whole."""
    if is_inner and expression.lpar:
        return [expression]
    if isinstance(expression, cst.ConcatenatedString):
        return [*leaves_of(expression.left, True), *leaves_of(expression.right, True)]
    if isinstance(expression, cst.BinaryOperation) and isinstance(expression.operator, cst.Add):
        return [*leaves_of(expression.left, True), expression.right]
    return [expression]


def _cut(
    module: cst.Module, expression: cst.BaseExpression, leaves: list[cst.BaseExpression], index: int, hole: int, offsets: Offsets
) -> SplitText | None:
    code, leaf = module.code, leaves[index]
    start, end = offsets.of(expression)
    first_start = start + sum(len(module.code_for_node(bracket)) for bracket in expression.lpar)
    last_end = end - sum(len(module.code_for_node(bracket)) for bracket in expression.rpar)
    # The expression's own brackets would be left open by a cut; comments in them are kept.
    opening = _comments(module.code_for_node(bracket.whitespace_after) for bracket in expression.lpar)
    closing = _comments(module.code_for_node(bracket.whitespace_before) for bracket in expression.rpar)
    before = code[first_start : offsets.of(leaves[index - 1])[1]] if index else ""
    between = code[offsets.of(leaves[index - 1])[1] : offsets.of(leaf)[0]] if index else ""
    # Between two parts, a comment stands with the one before it; a plus goes.
    ending = _comments([_PLUS.sub(lambda match: match[1] or "", between)])
    after = code[offsets.of(leaf)[1] : last_end]
    rest_has_text = any(_has_text(later) for later in leaves[index + 1 :])
    if not isinstance(leaf, cst.FormattedString):
        tail = code[offsets.of(leaf)[0] : last_end]
        return SplitText(_bracketed(opening + before, ending), _bracketed(tail, closing), rest_has_text) if before else None
    position = _part_with(leaf, hole, offsets)
    if position is None:
        return None
    first, second = leaf.parts[:position], leaf.parts[position:]
    tail = module.code_for_node(leaf.with_changes(parts=second, lpar=(), rpar=()))
    if first:
        head, ending = before + between + _string(module, leaf, first), ""
    elif before:
        head = before
    else:
        return None
    tail_has_text = rest_has_text or any(isinstance(part, cst.FormattedStringText) and part.value.strip() for part in second)
    return SplitText(_bracketed(opening + head, ending), _bracketed(tail + after, closing), tail_has_text)


def _part_with(leaf: cst.FormattedString, hole: int, offsets: Offsets) -> int | None:
    for index, part in enumerate(leaf.parts):
        if isinstance(part, cst.FormattedStringExpression):
            start, end = offsets.of(part.expression)
            if start <= hole < end:
                return index
    return None


def _string(module: cst.Module, leaf: cst.FormattedString, parts: Sequence[cst.BaseFormattedStringContent]) -> str:
    """The head as an f-string, or as a plain string where it has no holes."""
    if all(isinstance(part, cst.FormattedStringText) for part in parts):
        text = "".join(part.value for part in parts if isinstance(part, cst.FormattedStringText))
        return plain_text(leaf.start, text, leaf.end)
    return module.code_for_node(leaf.with_changes(parts=parts, lpar=(), rpar=()))


def plain_text(opening: str, text: str, closing: str) -> str:
    """A literal without holes for what stood in an f-string. `opening` is its prefix with the quotes, `text` as it is in the source."""
    opening = opening.replace("f", "").replace("F", "")
    text = text.replace("{{", "{").replace("}}", "}")
    # A quote before the hole would run into those that now follow it, unless it is escaped already.
    is_quote = re.search(rf"(?<!\\)(?:\\\\)*{closing[0]}$", text) is not None and "r" not in opening.lower()
    return opening + (f"{text[:-1]}\\{text[-1]}" if is_quote else text) + closing


def _has_text(leaf: cst.BaseExpression) -> bool:
    if isinstance(leaf, cst.SimpleString):
        value = leaf.evaluated_value
        return isinstance(value, str) and bool(value.strip())
    return isinstance(leaf, cst.FormattedString) and any(
        isinstance(part, cst.FormattedStringText) and part.value.strip() for part in leaf.parts
    )


def _comments(spaces: Iterable[str]) -> str:
    """The space between brackets and what they hold, where it has a comment."""
    space = "".join(spaces)
    return space if "#" in space else ""


def _parses(code: str) -> bool:
    try:
        parse_expression(code)
    except (cst.ParserSyntaxError, ScanError):
        return False
    return True


def _bracketed(code: str, comments: str = "") -> str:
    """Code of several lines or strings keeps its layout inside brackets, and so do the comments behind it."""
    return code if not comments and _parses(code) else f"({code}{comments})"
