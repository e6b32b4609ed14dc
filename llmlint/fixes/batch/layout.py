"""Laying out generated code as formatters do: on one line where it fits, else one item a line with a trailing comma."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from llmlint.fixes.edits.tree import Tree


@dataclass(frozen=True, slots=True)
class Raw:
    """Code as it is. `indent` is that of the line where it starts; `fixed` are the numbers of the lines that start inside a string."""

    text: str
    indent: str = ""
    fixed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Group:
    """Code in brackets: items, each behind its prefix. `separator` is a comma, or nothing for the clauses of a comprehension."""

    opening: str
    items: tuple[tuple[str, Raw | Group], ...]
    closing: str
    separator: str = ","


Code = Raw | Group


def one_line(code: Code) -> str | None:
    """The code on one line; None where a part of it has several."""
    if isinstance(code, Raw):
        return None if "\n" in code.text else code.text
    parts = []
    for prefix, item in code.items:
        text = one_line(item)
        if text is None:
            return None
        parts.append(prefix + text)
    return code.opening + f"{code.separator} ".join(parts) + code.closing


def render(code: Code, indent: str, step: str, width: int, used: int) -> str:
    """The code for a line that is indented by `indent` and has `used` further columns taken by what stands beside it."""
    single = one_line(code)
    if single is not None and _columns(indent) + used + len(single) <= width:
        return single
    if isinstance(code, Raw):
        return _moved(code, indent)
    if not code.items:
        return code.opening + code.closing
    lines = [code.opening]
    inner = indent + step
    for prefix, item in code.items:
        text = render(item, inner, step, width, len(prefix) + len(code.separator))
        lines.append(f"{inner}{prefix}{text}{code.separator}")
    return "\n".join([*lines, indent + code.closing])


def _columns(indent: str) -> int:
    return len(indent.expandtabs(4))


def _moved(code: Raw, indent: str) -> str:
    first, *rest = code.text.split("\n")
    lines = [first]
    for number, line in enumerate(rest, 1):
        is_movable = number not in code.fixed and line.strip() and line.startswith(code.indent)
        lines.append(indent + line[len(code.indent) :] if is_movable else line)
    return "\n".join(lines)


def raw(tree: Tree, start: int, end: int) -> Raw:
    """A range of the file as code that can be moved."""
    text = tree.source.text[start:end]
    fixed, position = set(), start
    for number, line in enumerate(text.split("\n")):
        if position in tree.lines_in_strings:
            fixed.add(number)
        position += len(line) + 1
    # The offsets of lines hold with carriage returns in the text, and those are put back when an edit is made.
    return Raw(text.replace("\r\n", "\n"), tree.indent_at(start), frozenset(fixed))


def code_of(tree: Tree, node: cst.BaseExpression) -> Code:
    """An expression as code: one that is written on one line may be broken at its brackets."""
    start, end = tree.offsets.of(node)
    whole = raw(tree, start, end)
    if "\n" in whole.text or node.lpar:
        return whole
    if isinstance(node, (cst.List, cst.Set)) and node.elements:
        brackets = "[]" if isinstance(node, cst.List) else "{}"
        return Group(brackets[0], tuple(_element(tree, each) for each in node.elements), brackets[1])
    if isinstance(node, cst.Dict) and node.elements:
        return Group("{", tuple(_item(tree, each) for each in node.elements), "}")
    if isinstance(node, cst.Call) and node.args and not _has_bare_generator(node):
        return Group(f"{tree.code(node.func)}(", tuple(_argument(tree, each) for each in node.args), ")")
    return whole


def _element(tree: Tree, element: cst.BaseElement) -> tuple[str, Code]:
    return "*" if isinstance(element, cst.StarredElement) else "", code_of(tree, element.value)


def _item(tree: Tree, element: cst.BaseDictElement) -> tuple[str, Code]:
    prefix = f"{tree.code(element.key)}: " if isinstance(element, cst.DictElement) else "**"
    return prefix, code_of(tree, element.value)


def _argument(tree: Tree, argument: cst.Arg) -> tuple[str, Code]:
    prefix = f"{argument.keyword.value}=" if argument.keyword is not None else argument.star
    return prefix, code_of(tree, argument.value)


def _has_bare_generator(node: cst.Call) -> bool:
    return any(isinstance(each.value, cst.GeneratorExp) and not each.value.lpar for each in node.args)


def indented(tree: Tree, start: int, end: int, old: str, new: str) -> str:
    """Whole lines of the file, moved from one indentation to another."""
    return "\n".join(_indented(raw(tree, start, end), old, new))


def _indented(lines: Raw, old: str, new: str) -> Iterator[str]:
    for number, line in enumerate(lines.text.split("\n")):
        if number in lines.fixed or not line.startswith(old) or not line.strip():
            yield line
        else:
            yield new + line[len(old) :]


def blank_lines(tree: Tree, start: int, indent: str) -> str:
    """The empty lines that a function needs above itself."""
    above = tree.with_comments(tree.line_start(start))
    before = tree.source.text[:above].replace("\r\n", "\n")
    stripped = before.rstrip(" \t\n")
    cell = tree.source.cell_at(start)
    if not stripped or stripped.endswith(":") or (cell is not None and cell.start >= len(stripped)):
        return ""
    wanted = 2 if indent else 3
    there = before[len(stripped) :].count("\n")
    return "\n" * max(wanted - there, 0)


def end_of_body(tree: Tree, loop: cst.For, indent: str) -> int:
    """Behind the last line of the body, and behind comments that are indented as it is."""
    text = tree.source.text
    at = tree.next_line(tree.offsets.of(loop)[1])
    position, cell = at, tree.source.cell_at(at - 1)
    while position < (cell.end if cell is not None else len(text)):
        line = text[position : tree.next_line(position)]
        if line.strip() and not (line.lstrip().startswith("#") and len(re.match(r"[ \t]*", line)[0]) > len(indent)):  # type: ignore[index]
            break
        position = tree.next_line(position)
        if line.strip():
            at = position
    return at


def without_brackets(tree: Tree, target: cst.BaseExpression) -> str:
    """`number, (name, text)` of `(number, (name, text))`, and of itself."""
    code = tree.code(target)
    has_own = bool(getattr(target, "lpar", ())) and code.startswith("(") and code.endswith(")")
    return code[1:-1].strip() if has_own else code
