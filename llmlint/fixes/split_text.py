"""Cutting a string expression in two where its first changing part begins, with the text that it makes unchanged."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from llmlint.scan.positions import Offsets, offsets_of


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
    module = cst.parse_module(f"({code})")
    statement = module.body[0]
    if not isinstance(statement, cst.SimpleStatementLine) or not isinstance(statement.body[0], cst.Expr):
        return None
    offsets = offsets_of(module)
    expression = statement.body[0].value
    # Brackets that belong to the expression itself go with it: they would be left open by a cut.
    leaves = list(_leaves(expression))
    index = next((i for i, leaf in enumerate(leaves) if offsets.of(leaf)[0] <= hole + 1 < offsets.of(leaf)[1]), None)
    if index is None:
        return None
    cut = _cut(module.code, leaves, index, hole + 1, offsets)
    return cut if cut is not None and _parses(cut.head) and _parses(cut.tail) else None


def _leaves(expression: cst.BaseExpression) -> list[cst.BaseExpression]:
    """What a sum or an implicit concatenation consists of, from left to right."""
    if isinstance(expression, cst.ConcatenatedString):
        return [*_leaves(expression.left), *_leaves(expression.right)]
    if isinstance(expression, cst.BinaryOperation) and isinstance(expression.operator, cst.Add):
        return [*_leaves(expression.left), expression.right]
    return [expression]


def _cut(code: str, leaves: list[cst.BaseExpression], index: int, hole: int, offsets: Offsets) -> SplitText | None:
    leaf = leaves[index]
    first_start, last_end = offsets.of(leaves[0])[0], offsets.of(leaves[-1])[1]
    opening, closing = _inside_brackets(code[1:first_start]), _inside_brackets(code[last_end:-1])
    before = code[first_start : offsets.of(leaves[index - 1])[1]] if index else ""
    after = code[offsets.of(leaf)[1] : last_end]
    rest_has_text = any(_has_text(later) for later in leaves[index + 1 :])
    if not isinstance(leaf, cst.FormattedString):
        tail = code[offsets.of(leaf)[0] : last_end]
        return SplitText(_bracketed(opening + before), _bracketed(tail + closing), rest_has_text) if before else None
    position = _part_with(leaf, hole, offsets)
    if position is None:
        return None
    first, second = leaf.parts[:position], leaf.parts[position:]
    head = _string(leaf, first)
    tail = _code(leaf.with_changes(parts=second, lpar=(), rpar=()))
    if first:
        between = code[offsets.of(leaves[index - 1])[1] : offsets.of(leaf)[0]] if index else ""
        head_code = before + between + head
    elif before:
        head_code = before
    else:
        return None
    tail_has_text = rest_has_text or any(isinstance(part, cst.FormattedStringText) and part.value.strip() for part in second)
    return SplitText(_bracketed(opening + head_code), _bracketed(tail + after + closing), tail_has_text)


def _part_with(leaf: cst.FormattedString, hole: int, offsets: Offsets) -> int | None:
    for index, part in enumerate(leaf.parts):
        if isinstance(part, cst.FormattedStringExpression):
            start, end = offsets.of(part.expression)
            if start <= hole < end:
                return index
    return None


def _string(leaf: cst.FormattedString, parts: tuple[cst.BaseFormattedStringContent, ...]) -> str:  # type: ignore[valid-type]
    """The head as an f-string, or as a plain string where it has no holes."""
    if all(isinstance(part, cst.FormattedStringText) for part in parts):
        text = "".join(part.value for part in parts if isinstance(part, cst.FormattedStringText))
        opening = leaf.start.replace("f", "").replace("F", "")
        text = text.replace("{{", "{").replace("}}", "}")
        # A quote before the hole would run into those that now follow it.
        is_quote = text.endswith(leaf.end[0]) and "r" not in opening.lower()
        return opening + (f"{text[:-1]}\\{text[-1]}" if is_quote else text) + leaf.end
    return _code(leaf.with_changes(parts=parts, lpar=(), rpar=()))


def _has_text(leaf: cst.BaseExpression) -> bool:
    if isinstance(leaf, cst.SimpleString):
        value = leaf.evaluated_value
        return isinstance(value, str) and bool(value.strip())
    return isinstance(leaf, cst.FormattedString) and any(
        isinstance(part, cst.FormattedStringText) and part.value.strip() for part in leaf.parts
    )


def _inside_brackets(code: str) -> str:
    """What stands between an expression's own brackets and its first or last string, where that holds a comment."""
    return code.strip().strip("()").strip(" \t") if "#" in code else ""


def _parses(code: str) -> bool:
    try:
        cst.parse_expression(code)
    except cst.ParserSyntaxError:
        return False
    return True


def _code(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)


def _bracketed(code: str) -> str:
    """Code of several lines or strings keeps its layout inside brackets."""
    return code if _parses(code) else f"({code})"
