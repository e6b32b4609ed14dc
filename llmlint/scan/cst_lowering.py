"""libcst expressions → `llmlint.scan.expressions`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import libcst as cst

from llmlint.scan.cst_names import python_name
from llmlint.scan.expressions import (
    COMPREHENSION_KINDS,
    Argument,
    Attribute,
    Await,
    Call,
    Comprehension,
    Conditional,
    Constant,
    Expr,
    FormattedString,
    FormattedValue,
    Lambda,
    Mapping,
    Name,
    Operation,
    Other,
    Sequence,
    Starred,
    Subscript,
    Walrus,
)
from llmlint.scan.positions import Offsets
from llmlint.scan.strings import value_of, value_of_text

if TYPE_CHECKING:
    from llmlint.scan.expressions import ComprehensionKind


class Surroundings(Protocol):
    """What the statement visitor does for expressions that open scopes and blocks or that bind names."""

    offsets: Offsets

    def record_call(self, call: Call, is_awaited: bool) -> None: ...
    def record_reference(self, reference: Attribute) -> None: ...
    def record_mapping(self, mapping: Mapping) -> None: ...
    def record_walrus(self, walrus: Walrus) -> None: ...
    def record_yield(self, value: Expr | None) -> None: ...
    def enter_lambda(self, node: cst.Lambda) -> int: ...
    def enter_comprehension(self, node: cst.BaseComp, kind: ComprehensionKind) -> Comprehension: ...


_OPERATORS = {
    "Add": "+", "Subtract": "-", "Multiply": "*", "Divide": "/", "FloorDivide": "//", "Modulo": "%", "Power": "**", "MatrixMultiply": "@",
    "LeftShift": "<<", "RightShift": ">>", "BitOr": "|", "BitAnd": "&", "BitXor": "^", "And": "and", "Or": "or", "Not": "not",
    "Minus": "-", "Plus": "+", "BitInvert": "~", "LessThan": "<", "GreaterThan": ">", "Equal": "==", "LessThanEqual": "<=",
    "GreaterThanEqual": ">=", "NotEqual": "!=", "In": "in", "NotIn": "not in", "Is": "is", "IsNot": "is not",
}  # fmt: skip


def operator_of(node: cst.CSTNode) -> str:
    """The operator's spelling; of an augmented assignment, without the `=`."""
    return _OPERATORS.get(type(node).__name__.removesuffix("Assign"), "?")


class CstLowering:
    """Turns expressions into facts' small form; a table by node type keeps the pass to one call a node."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.around = surroundings
        self.offsets = surroundings.offsets
        # What the `await` at hand waits for.
        self.awaited: cst.BaseExpression | None = None
        self._by_type: dict[type[cst.CSTNode], Callable[[Any], Expr]] = {
            cst.Name: self._name,
            cst.Attribute: self._attribute,
            cst.Call: self._call,
            cst.SimpleString: self._simple_string,
            cst.ConcatenatedString: self._joined_string,
            cst.FormattedString: self._joined_string,
            cst.Integer: self._number,
            cst.Float: self._number,
            cst.Imaginary: self._number,
            cst.Subscript: self._subscript,
            cst.Dict: self._dict,
            cst.List: self._display,
            cst.Tuple: self._display,
            cst.Set: self._display,
            cst.BinaryOperation: self._binary,
            cst.BooleanOperation: self._binary,
            cst.UnaryOperation: self._unary,
            cst.Comparison: self._comparison,
            cst.IfExp: self._conditional,
            cst.Await: self._await,
            cst.Lambda: self._lambda,
            cst.ListComp: self._comprehension,
            cst.SetComp: self._comprehension,
            cst.DictComp: self._comprehension,
            cst.GeneratorExp: self._comprehension,
            cst.NamedExpr: self._walrus,
            cst.Yield: self._yield,
        }

    def lower(self, node: cst.BaseExpression) -> Expr:
        handler = self._by_type.get(type(node))
        return handler(node) if handler else Other(*self.offsets.of(node), ())

    def optional(self, node: cst.BaseExpression | None) -> Expr | None:
        return None if node is None else self.lower(node)

    def _name(self, node: cst.Name) -> Expr:
        span = self.offsets.of(node)
        constant = {"None": None, "True": True, "False": False}
        return Constant(*span, constant[node.value]) if node.value in constant else Name(*span, python_name(node))

    def _attribute(self, node: cst.Attribute) -> Expr:
        lowered = Attribute(*self.offsets.of(node), self._callee(node.value), python_name(node.attr))
        if isinstance(lowered.value, Attribute):
            self.around.record_reference(lowered)
        return lowered

    def _callee(self, node: cst.BaseExpression) -> Expr:
        """An expression that is called or looked into: an attribute here is no method reference."""
        if isinstance(node, cst.Attribute):
            return Attribute(*self.offsets.of(node), self._callee(node.value), python_name(node.attr))
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == "getattr":
            # `getattr(service, "plan")(…)` calls `service.plan`.
            name = node.args[1].value if len(node.args) == 2 and not any(arg.keyword or arg.star for arg in node.args) else None
            named = self.lower(name) if isinstance(name, (cst.SimpleString, cst.ConcatenatedString)) else None
            if isinstance(named, Constant) and isinstance(named.value, str) and named.value.isidentifier():
                return Attribute(*self.offsets.of(node), self._callee(node.args[0].value), named.value)
        return self.lower(node)

    def _call(self, node: cst.Call) -> Expr:
        is_awaited = self.awaited is node
        func = self._callee(node.func)
        args = tuple(
            Argument(*self.offsets.of(arg), self.lower(arg.value), python_name(arg.keyword) if arg.keyword else None, arg.star)
            for arg in node.args
        )
        call = Call(*self.offsets.of(node), func, args)
        self.around.record_call(call, is_awaited)
        return call

    def _simple_string(self, node: cst.SimpleString) -> Expr:
        return Constant(*self.offsets.of(node), value_of(node.value))

    def _number(self, node: cst.Integer | cst.Float | cst.Imaginary) -> Expr:
        return Constant(*self.offsets.of(node), value_of(node.value))

    def _joined_string(self, node: cst.FormattedString | cst.ConcatenatedString) -> Expr:
        start, end = self.offsets.of(node)
        parts = self._string_parts(node)
        if all(isinstance(part, Constant) for part in parts):
            values = [part.value for part in parts if isinstance(part, Constant)]
            if all(isinstance(value, str) for value in values):
                return Constant(start, end, "".join(str(value) for value in values))
            if all(isinstance(value, bytes) for value in values):
                return Constant(start, end, b"".join(value for value in values if isinstance(value, bytes)))
            return Other(start, end, ())
        return FormattedString(start, end, tuple(parts))

    def _string_parts(self, node: cst.BaseExpression) -> list[Constant | FormattedValue]:
        if isinstance(node, cst.ConcatenatedString):
            return [*self._string_parts(node.left), *self._string_parts(node.right)]
        start, end = self.offsets.of(node)
        if isinstance(node, cst.SimpleString):
            return [Constant(start, end, value_of(node.value))]
        if not isinstance(node, cst.FormattedString):
            return [FormattedValue(start, end, Other(start, end, ()), False)]
        parts: list[Constant | FormattedValue] = []
        prefix, quotes = node.prefix, node.quote
        for part in node.parts:
            if isinstance(part, cst.FormattedStringText):
                parts.append(Constant(start, end, value_of_text(prefix, quotes, part.value)))
            elif isinstance(part, cst.FormattedStringExpression):
                inner = self.lower(part.expression)
                is_plain = part.conversion is None and part.format_spec is None and part.equal is None
                spec = "".join(piece.value for piece in part.format_spec or () if isinstance(piece, cst.FormattedStringText))
                parts.append(FormattedValue(inner.start, inner.end, inner, is_plain, spec))
        return parts

    def _subscript(self, node: cst.Subscript) -> Expr:
        value = self._callee(node.value)
        indices = [
            self.lower(element.slice.value)
            if isinstance(element.slice, cst.Index)
            else Other(
                *self.offsets.of(node),
                tuple(
                    self.lower(bound)
                    for bound in (element.slice.lower, element.slice.upper, element.slice.step)  # type: ignore[attr-defined]
                    if bound is not None
                ),
            )
            for element in node.slice
        ]
        span = self.offsets.of(node)
        return Subscript(*span, value, indices[0] if len(indices) == 1 else Sequence(*span, "tuple", tuple(indices)))

    def _dict(self, node: cst.Dict) -> Expr:
        items: list[tuple[Expr | None, Expr]] = []
        for element in node.elements:
            key = self.lower(element.key) if isinstance(element, cst.DictElement) else None
            items.append((key, self.lower(element.value)))
        mapping = Mapping(*self.offsets.of(node), tuple(items))
        self.around.record_mapping(mapping)
        return mapping

    def _display(self, node: cst.List | cst.Tuple | cst.Set) -> Expr:
        items = []
        for element in node.elements:
            value = self.lower(element.value)
            items.append(Starred(value.start, value.end, value) if isinstance(element, cst.StarredElement) else value)
        return Sequence(*self.offsets.of(node), type(node).__name__.lower(), tuple(items))

    def _binary(self, node: cst.BinaryOperation | cst.BooleanOperation) -> Expr:
        # A chain of many `+` leans left: walked here in a loop, so that depth does not grow with its length.
        chain: list[cst.BinaryOperation | cst.BooleanOperation] = [node]
        while isinstance(chain[-1].left, (cst.BinaryOperation, cst.BooleanOperation)):
            chain.append(chain[-1].left)
        lowered = self.lower(chain[-1].left)
        for operation in reversed(chain):
            right = self.lower(operation.right)
            lowered = Operation(*self.offsets.of(operation), operator_of(operation.operator), (lowered, right))
        return lowered

    def _unary(self, node: cst.UnaryOperation) -> Expr:
        operator, operand = operator_of(node.operator), self.lower(node.expression)
        span = self.offsets.of(node)
        if operator == "-" and isinstance(operand, Constant) and isinstance(operand.value, (int, float)):
            return Constant(*span, -operand.value)
        return Operation(*span, operator, (operand,))

    def _comparison(self, node: cst.Comparison) -> Expr:
        operands = [self.lower(node.left), *(self.lower(target.comparator) for target in node.comparisons)]
        return Operation(*self.offsets.of(node), operator_of(node.comparisons[0].operator), tuple(operands))

    def _conditional(self, node: cst.IfExp) -> Expr:
        test = self.lower(node.test)
        return Conditional(*self.offsets.of(node), test, self.lower(node.body), self.lower(node.orelse))

    def _await(self, node: cst.Await) -> Expr:
        self.awaited = node.expression
        return Await(*self.offsets.of(node), self.lower(node.expression))

    def _lambda(self, node: cst.Lambda) -> Expr:
        return Lambda(*self.offsets.of(node), self.around.enter_lambda(node))

    def _comprehension(self, node: cst.ListComp | cst.SetComp | cst.DictComp | cst.GeneratorExp) -> Expr:
        kind = COMPREHENSION_KINDS[type(node).__name__]
        return self.around.enter_comprehension(node, kind)

    def _walrus(self, node: cst.NamedExpr) -> Expr:
        value = self.lower(node.value)
        target = self.lower(node.target)
        span = self.offsets.of(node)
        if not isinstance(target, Name):
            return Other(*span, (target, value))
        walrus = Walrus(*span, target, value)
        self.around.record_walrus(walrus)
        return walrus

    def _yield(self, node: cst.Yield) -> Expr:
        inner = node.value.item if isinstance(node.value, cst.From) else node.value
        value = self.optional(inner)
        self.around.record_yield(value)
        return Other(*self.offsets.of(node), () if value is None else (value,))
