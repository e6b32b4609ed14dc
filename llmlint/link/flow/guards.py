"""Which values of a name can reach a place behind tests of that name: `if "claude" in model: … elif model.startswith("gpt"): …`."""

from __future__ import annotations

from llmlint.link.names.index import ModuleIndex
from llmlint.scan import expressions as ex


def allows(module: ModuleIndex, block: int, name: str, value: str) -> bool:
    """Whether the tests around a block let through a string as the value of `name` (a dotted name). Tests that cannot be told let it through."""
    for here in module.block_path(block):
        if here.kind not in ("if", "else"):
            continue
        for branch in module.branches[here.group]:
            if branch.id == here.id:
                if branch.head is not None and holds(branch.head, name, value) is False:
                    return False
                break
            if branch.head is not None and holds(branch.head, name, value) is True:
                return False
    return True


def tested_strings(module: ModuleIndex, block: int, name: str) -> set[str]:
    """The strings that the tests around a block compare a name with, where they let it through: `elif model in ["deepseek-chat", …]`."""
    heads = [here.head for here in module.block_path(block) if here.kind == "if" and here.head is not None]
    tests = [head for head in heads if any(ex.dotted_name(node) == name for node in ex.walk(head))]
    nodes = (node for test in tests for node in ex.walk(test))
    return {node.value for node in nodes if isinstance(node, ex.Constant) and isinstance(node.value, str)}


def holds(test: ex.Expr, name: str, value: str) -> bool | None:
    """What a test of `name` says for a value; None where it cannot be told."""
    if isinstance(test, ex.Operation):
        if test.operator in ("and", "or"):
            results = [holds(operand, name, value) for operand in test.operands]
            decisive = test.operator == "or"
            if decisive in results:
                return decisive
            return None if None in results else not decisive
        if test.operator == "not":
            inner = holds(test.operands[0], name, value)
            return None if inner is None else not inner
        if len(test.operands) == 2:
            return _compares(test, name, value)
    if (
        isinstance(test, ex.Call)
        and isinstance(test.func, ex.Attribute)
        and test.func.attr in ("startswith", "endswith")
        and test.args
    ):
        subject, affixes = _subject(test.func.value, name, value), _strings(test.args[0].value)
        if subject is not None and affixes is not None:
            return subject.startswith(affixes) if test.func.attr == "startswith" else subject.endswith(affixes)
    return None


def _compares(test: ex.Operation, name: str, value: str) -> bool | None:
    left, right = test.operands
    if test.operator in ("in", "not in"):
        subject = _subject(right, name, value)
        if subject is not None and isinstance(left, ex.Constant) and isinstance(left.value, str):
            return (left.value in subject) == (test.operator == "in")
        subject, choices = _subject(left, name, value), _strings(right)
        if subject is not None and choices is not None and not isinstance(right, ex.Constant):
            return (subject in choices) == (test.operator == "in")
        return None
    if test.operator in ("==", "!="):
        for one, other in ((left, right), (right, left)):
            subject = _subject(one, name, value)
            if subject is not None and isinstance(other, ex.Constant) and isinstance(other.value, str):
                return (subject == other.value) == (test.operator == "==")
    return None


def _subject(expression: ex.Expr, name: str, value: str) -> str | None:
    """The value, as `name`, `name.lower()` or `name.strip()` gives it."""
    if isinstance(expression, ex.Call) and isinstance(expression.func, ex.Attribute) and not expression.args:
        inner = _subject(expression.func.value, name, value)
        if inner is None:
            return None
        if expression.func.attr == "strip":
            return inner.strip()
        return inner.lower() if expression.func.attr == "lower" else None
    return value if ex.dotted_name(expression) == name else None


def _strings(expression: ex.Expr) -> tuple[str, ...] | None:
    if isinstance(expression, ex.Constant) and isinstance(expression.value, str):
        return (expression.value,)
    if isinstance(expression, ex.Sequence):
        values = [item.value for item in expression.items if isinstance(item, ex.Constant) and isinstance(item.value, str)]
        return tuple(values) if len(values) == len(expression.items) else None
    return None
