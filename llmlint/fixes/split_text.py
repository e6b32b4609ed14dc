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

    None where the expression has another form, or where the head would hold nothing but further holes.
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
    return _cut(module.code, leaves, index, hole + 1, offsets)


def _leaves(expression: cst.BaseExpression) -> list[cst.BaseExpression]:
    """What a sum or an implicit concatenation consists of, from left to right."""
    if isinstance(expression, cst.ConcatenatedString):
        return [*_leaves(expression.left), *_leaves(expression.right)]
    if isinstance(expression, cst.BinaryOperation) and isinstance(expression.operator, cst.Add):
        return [*_leaves(expression.left), expression.right]
    return [expression]


def _cut(code: str, leaves: list[cst.BaseExpression], index: int, hole: int, offsets: Offsets) -> SplitText | None:
    leaf = leaves[index]
    before = code[offsets.of(leaves[0])[0] : offsets.of(leaves[index - 1])[1]] if index else ""
    after = code[offsets.of(leaf)[1] : offsets.of(leaves[-1])[1]]
    rest_has_text = any(_has_text(later) for later in leaves[index + 1 :])
    if not isinstance(leaf, cst.FormattedString):
        return SplitText(_bracketed(before), _bracketed(_code(leaf) + after), rest_has_text) if before else None
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
    return SplitText(_bracketed(head_code), _bracketed(tail + after), tail_has_text)


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
        return opening + text.replace("{{", "{").replace("}}", "}") + leaf.end
    return _code(leaf.with_changes(parts=parts, lpar=(), rpar=()))


def _has_text(leaf: cst.BaseExpression) -> bool:
    if isinstance(leaf, cst.SimpleString):
        value = leaf.evaluated_value
        return isinstance(value, str) and bool(value.strip())
    return isinstance(leaf, cst.FormattedString) and any(
        isinstance(part, cst.FormattedStringText) and part.value.strip() for part in leaf.parts
    )


def _code(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)


def _bracketed(code: str) -> str:
    """Code of several lines or strings keeps its layout inside brackets."""
    try:
        cst.parse_expression(code)
    except cst.ParserSyntaxError:
        return f"({code})"
    return code
