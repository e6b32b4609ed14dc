"""`apply` and `map` of data frames and their columns: what `batch_map` calls for which items, where the results become a column."""

from __future__ import annotations

import libcst as cst

from llmlint.fixes.batch.layout import Code, Raw, code_of
from llmlint.fixes.edits.by_hand import ByHand
from llmlint.fixes.edits.tree import Tree, dotted

METHODS = frozenset({"apply", "progress_apply", "map", "progress_map"})
_OF_ROWS = frozenset({"apply", "progress_apply"})
# What pandas and its like take for themselves. Other keywords are passed to the function.
_OWN = frozenset(
    {"func", "axis", "raw", "result_type", "args", "by_row", "engine", "engine_kwargs", "convert_dtype", "meta", "na_action",
     "skip_nulls", "return_dtype", "strategy"}
)  # fmt: skip
# A column has as many rows behind these as ahead of them.
_KEEPS_ROWS = frozenset({"fillna", "astype", "copy"})
# Attributes of a frame that are no column.
_ACCESSORS = frozenset(
    {"T", "swifter", "parallel", "style", "values", "columns", "loc", "iloc", "at", "str", "dt", "cat", "plot", "sparse"}
)
_FURTHER = "`{}` is called with arguments other than the function and the axis"


def applied(tree: Tree, node: cst.Call) -> tuple[Code, Code]:
    """The function and the items of `frame["answer"] = frame.apply(ask, axis=1)` or `frame["answer"] = frame["text"].apply(ask)`. A column takes
    a list of the same length as it takes what `apply` gives: with types that are inferred alike. Raises `ByHand` for all other forms."""
    assert isinstance(node.func, cst.Attribute)
    method = node.func.attr.value
    source, first, others = node.func.value, node.args[0], node.args[1:]
    of_rows = method in _OF_ROWS and any(_says_rows(each, at) for at, each in enumerate(others))
    passed = [each for at, each in enumerate(others) if not (of_rows and _says_rows(each, at))]
    if first.keyword or first.star or any(each.keyword is None or each.keyword.value in _OWN for each in passed):
        raise ByHand(_FURTHER.format(method))
    column = source if of_rows else _column(source)
    frame = column if of_rows else column.value if isinstance(column, (cst.Subscript, cst.Attribute)) else None
    if isinstance(column, cst.Attribute) and column.attr.value in _ACCESSORS:
        frame = None
    if frame is None or dotted(frame) is None or _frame_of_new_column(tree, node, of_rows) != tree.code(frame):
        raise ByHand(f"the result of `{method}` is not assigned to a column of the same frame")
    function: Code = code_of(tree, first.value)
    if passed:
        if dotted(first.value) is None or not all(dotted(each.value) or _is_constant(each.value) for each in passed):
            raise ByHand(_FURTHER.format(method))
        parameter = tree.fresh(node, ["row", "item", "each"])
        given = ", ".join(f"{each.keyword.value}={tree.code(each.value)}" for each in passed if each.keyword is not None)
        function = Raw(f"lambda {parameter}: {tree.code(first.value)}({parameter}, {given})")
    return function, Raw(f"(row for _, row in {tree.code(frame)}.iterrows())") if of_rows else code_of(tree, source)


def _says_rows(argument: cst.Arg, position: int) -> bool:
    """`axis=1`, `axis="columns"`, or 1 behind the function."""
    names_axis = argument.keyword.value == "axis" if argument.keyword is not None else position == 0
    value = argument.value
    if isinstance(value, cst.SimpleString):
        return names_axis and value.evaluated_value == "columns"
    return names_axis and isinstance(value, cst.Integer) and value.value == "1"


def _column(source: cst.BaseExpression) -> cst.BaseExpression:
    """`frame["text"]` of `frame["text"].fillna("").astype(str)`."""
    while isinstance(source, cst.Call) and isinstance(source.func, cst.Attribute) and source.func.attr.value in _KEEPS_ROWS:
        source = source.func.value
    return source


def _frame_of_new_column(tree: Tree, node: cst.Call, of_rows: bool) -> str | None:
    """The frame of which a call's result becomes one column: of several, it is a frame itself."""
    parent = tree.parents[node]
    target = parent.targets[0].target if isinstance(parent, cst.Assign) and len(parent.targets) == 1 else None
    if not isinstance(target, cst.Subscript) or len(target.slice) != 1:
        return None
    index = target.slice[0].slice
    # A name may stand for several.
    is_one = isinstance(index, cst.Index) and isinstance(index.value, cst.BaseString if of_rows else (cst.BaseString, cst.Name))
    return tree.code(target.value) if is_one else None


def _is_constant(value: cst.BaseExpression) -> bool:
    return isinstance(value, (cst.SimpleString, cst.BaseNumber))
