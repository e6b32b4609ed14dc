"""Expressions of Python's own syntax tree → `llmlint.scan.expressions`."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from llmlint.scan.ast_places import Places
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
from llmlint.scan.parse import DEEPEST_TREE, cut_off
from llmlint.scan.strings import Hole, UnclearLiteral, pieces, value_of

if TYPE_CHECKING:
    from llmlint.scan.expressions import ComprehensionKind

AnyComprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class Surroundings(Protocol):
    """What the statement visitor does for expressions that open scopes and blocks or that bind names."""

    places: Places

    def record_call(self, call: Call, is_awaited: bool) -> None: ...
    def record_reference(self, reference: Attribute) -> None: ...
    def record_mapping(self, mapping: Mapping) -> None: ...
    def record_walrus(self, walrus: Walrus) -> None: ...
    def record_yield(self, value: Expr | None) -> None: ...
    def enter_lambda(self, node: ast.Lambda, span: tuple[int, int]) -> int: ...
    def enter_comprehension(self, node: AnyComprehension, span: tuple[int, int], kind: ComprehensionKind) -> Comprehension: ...


_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**", ast.MatMult: "@",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitOr: "|", ast.BitAnd: "&", ast.BitXor: "^", ast.And: "and", ast.Or: "or", ast.Not: "not",
    ast.USub: "-", ast.UAdd: "+", ast.Invert: "~", ast.Lt: "<", ast.Gt: ">", ast.Eq: "==", ast.LtE: "<=",
    ast.GtE: ">=", ast.NotEq: "!=", ast.In: "in", ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip


def operator_of(node: ast.AST) -> str:
    """The operator's spelling; of an augmented assignment, without the `=`."""
    return _OPERATORS.get(type(node), "?")


class AstLowering:
    """Turns expressions into facts' small form; the counterpart of `CstLowering`, and in the same order."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.around = surroundings
        self.places = surroundings.places
        # What the `await` at hand waits for.
        self.awaited: ast.expr | None = None
        self.by_type: dict[type[ast.AST], Callable[[Any], Expr]] = {
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Call: self._call,
            ast.Constant: self._constant,
            ast.JoinedStr: self._joined_string,
            ast.Subscript: self._subscript,
            ast.Dict: self._dict,
            ast.List: self._display,
            ast.Tuple: self._display,
            ast.Set: self._display,
            ast.BinOp: self._binary,
            ast.BoolOp: self._boolean,
            ast.UnaryOp: self._unary,
            ast.Compare: self._comparison,
            ast.IfExp: self._conditional,
            ast.Await: self._await,
            ast.Lambda: self._lambda,
            ast.ListComp: self._comprehension,
            ast.SetComp: self._comprehension,
            ast.DictComp: self._comprehension,
            ast.GeneratorExp: self._comprehension,
            ast.NamedExpr: self._walrus,
            ast.Yield: self._yield,
            ast.YieldFrom: self._yield,
        }

    def lower(self, node: ast.expr) -> Expr:
        handler = self.by_type.get(type(node))
        return handler(node) if handler else Other(*self.places.of(node), ())

    def optional(self, node: ast.expr | None) -> Expr | None:
        return None if node is None else self.lower(node)

    def _name(self, node: ast.Name) -> Expr:
        return Name(*self.places.of(node), node.id)

    def _constant(self, node: ast.Constant) -> Expr:
        span = self.places.of(node)
        return Other(*span, ()) if node.value is Ellipsis else Constant(*span, node.value)

    def _attribute(self, node: ast.Attribute) -> Expr:
        lowered = Attribute(*self.places.of(node), self._callee(node.value), node.attr)
        if type(lowered.value) is Attribute:
            self.around.record_reference(lowered)
        return lowered

    def _callee(self, node: ast.expr) -> Expr:
        """An expression that is called or looked into: an attribute here is no method reference."""
        if type(node) is ast.Attribute:
            return Attribute(*self.places.of(node), self._callee(node.value), node.attr)
        if type(node) is ast.Call and type(node.func) is ast.Name and node.func.id == "getattr" and not node.keywords:
            # `getattr(service, "plan")(…)` calls `service.plan`.
            name = node.args[1] if len(node.args) == 2 and type(node.args[0]) is not ast.Starred else None
            if type(name) is ast.Constant and isinstance(name.value, str) and name.value.isidentifier():
                return Attribute(*self.places.of(node), self._callee(node.args[0]), name.value)
        return self.lower(node)

    def _call(self, node: ast.Call) -> Expr:
        is_awaited = self.awaited is node
        func = self._callee(node.func)
        args: tuple[Argument, ...]
        if len(node.args) == 1 and not node.keywords:
            opening = self.places.take_bracket_of_call(func.end)
            only = node.args[0]
            if type(only) is ast.GeneratorExp and self.places.start(only) == opening:
                # The tree counts the call's parentheses to it.
                lowered = self._comprehension(only, self._bounds_of_generator(only))
                args = (Argument(lowered.start, lowered.end, lowered, None, ""),)
            else:
                args = (self._argument(only),)
        elif node.keywords and node.args:
            given: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
            args = tuple(map(self._argument, sorted(given, key=self.places.start)))
        else:
            args = tuple(map(self._argument, node.args or node.keywords))
        call = Call(*self.places.of(node), func, args)
        self.around.record_call(call, is_awaited)
        return call

    def _argument(self, node: ast.expr | ast.keyword) -> Argument:
        if type(node) is ast.keyword:
            value = self.lower(node.value)
            return Argument(self.places.start(node), value.end, value, node.arg, "" if node.arg is not None else "**")
        if type(node) is ast.Starred:
            value = self.lower(node.value)
            return Argument(self.places.start(node), value.end, value, None, "*")
        value = self.lower(node)  # type: ignore[arg-type]
        return Argument(value.start, value.end, value, None, "")

    def _bounds_of_generator(self, node: ast.GeneratorExp) -> tuple[int, int]:
        last = node.generators[-1]
        return self.places.of(node.elt)[0], self.places.of(last.ifs[-1] if last.ifs else last.iter)[1]

    def _joined_string(self, node: ast.JoinedStr) -> Expr:
        start, end = self.places.start(node), self.places.end(node)
        span = self.places.of(node)
        text = self.places.text
        parts: list[Constant | FormattedValue] = []
        for piece in pieces(text, start, end):
            # The parentheses around a single literal are its own; those around several are nobody's.
            place = span if (piece.start, piece.end) == (start, end) else (piece.start, piece.end)
            if piece.parts is None:
                parts.append(Constant(*place, value_of(text[piece.start : piece.end])))
                continue
            for part in piece.parts:
                parts.append(self._hole(part) if isinstance(part, Hole) else Constant(*place, part))
        holes = [part for part in parts if isinstance(part, FormattedValue)]
        if len(holes) != sum(type(each) is ast.FormattedValue for each in node.values):
            raise UnclearLiteral
        if not holes:
            return Constant(*span, "".join(str(part.value) for part in parts))
        return FormattedString(*span, tuple(parts))

    def _hole(self, hole: Hole) -> FormattedValue:
        """A hole is parsed once more, for its place: before Python 3.12 the tree has wrong ones."""
        start = hole.start
        code = self.places.text[start : hole.end]
        if "\n" in code or "\r" in code or "#" in code:
            code, start = f"({code}\n)", start - 1
        else:
            code, start = code.strip(), start + len(code) - len(code.lstrip())
        if code.isidentifier() and code.isascii() and code not in ("None", "True", "False", "yield"):
            value: Expr = Name(start, start + len(code), code)
        else:
            try:
                tree = ast.parse(code)
                [statement] = tree.body
            except SyntaxError:
                raise UnclearLiteral from None
            if len(code) > DEEPEST_TREE:
                cut_off(tree, code)
            if not isinstance(statement, ast.Expr) or (start < hole.start and self._is_first(statement.value)):
                raise UnclearLiteral
            with self.places.inside(code, start):
                value = self.lower(statement.value)
        return FormattedValue(value.start, value.end, value, hole.is_plain, hole.spec)

    @staticmethod
    def _is_first(node: ast.expr) -> bool:
        """Whether a node has taken the parenthesis for its own that was put before it."""
        return (node.lineno, node.col_offset) == (1, 0)

    def _subscript(self, node: ast.Subscript) -> Expr:
        value = self._callee(node.value)
        span = self.places.of(node)
        index = node.slice
        if type(index) is not ast.Tuple or self._is_bracketed(index):
            return Subscript(*span, value, self._index(index, span))
        indices = tuple(self._index(each, span) for each in index.elts)
        return Subscript(*span, value, indices[0] if len(indices) == 1 else Sequence(*span, "tuple", indices))

    def _index(self, node: ast.expr, span: tuple[int, int]) -> Expr:
        if type(node) is ast.Slice:
            return Other(*span, tuple(self.lower(bound) for bound in (node.lower, node.upper, node.step) if bound is not None))
        return self.lower(node.value if type(node) is ast.Starred else node)

    def _is_bracketed(self, node: ast.Tuple) -> bool:
        start = self.places.start(node)
        if self.places.text[start] != "(":
            return False
        if not node.elts:
            return True
        first = node.elts[0]
        return start < (self.places.start(first) if type(first) in (ast.Starred, ast.Slice) else self.places.of(first)[0])

    def _dict(self, node: ast.Dict) -> Expr:
        items: list[tuple[Expr | None, Expr]] = []
        for key, value in zip(node.keys, node.values, strict=True):
            items.append((self.optional(key), self.lower(value)))
        mapping = Mapping(*self.places.of(node), tuple(items))
        self.around.record_mapping(mapping)
        return mapping

    def _display(self, node: ast.List | ast.Tuple | ast.Set) -> Expr:
        items: list[Expr] = []
        for element in node.elts:
            if type(element) is ast.Starred:
                value = self.lower(element.value)
                items.append(Starred(value.start, value.end, value))
            else:
                items.append(self.lower(element))
        return Sequence(*self.places.of(node), type(node).__name__.lower(), tuple(items))

    def _binary(self, node: ast.BinOp) -> Expr:
        # A chain of many `+` leans left: walked here in a loop, so that depth does not grow with its length.
        chain = [node]
        while type(chain[-1].left) is ast.BinOp:
            chain.append(chain[-1].left)
        lowered = self.lower(chain[-1].left)
        for operation in reversed(chain):
            right = self.lower(operation.right)
            lowered = Operation(*self.places.of(operation), operator_of(operation.op), (lowered, right))
        return lowered

    def _boolean(self, node: ast.BoolOp) -> Expr:
        """`a or b or c` is one node of the tree, and `(a or b) or c` here."""
        operator = operator_of(node.op)
        if len(node.values) > DEEPEST_TREE:
            return Other(*self.places.of(node), tuple(map(self.lower, node.values)))
        first, *others = node.values
        lowered = self.lower(first)
        for value in others:
            right = self.lower(value)
            span = self.places.of(node) if value is node.values[-1] else (lowered.start, right.end)
            lowered = Operation(*span, operator, (lowered, right))
        return lowered

    def _unary(self, node: ast.UnaryOp) -> Expr:
        operator, operand = operator_of(node.op), self.lower(node.operand)
        span = self.places.of(node)
        if operator == "-" and isinstance(operand, Constant) and isinstance(operand.value, (int, float)):
            return Constant(*span, -operand.value)
        return Operation(*span, operator, (operand,))

    def _comparison(self, node: ast.Compare) -> Expr:
        operands = (self.lower(node.left), *map(self.lower, node.comparators))
        return Operation(*self.places.of(node), operator_of(node.ops[0]), operands)

    def _conditional(self, node: ast.IfExp) -> Expr:
        test = self.lower(node.test)
        return Conditional(*self.places.of(node), test, self.lower(node.body), self.lower(node.orelse))

    def _await(self, node: ast.Await) -> Expr:
        self.awaited = node.value
        return Await(*self.places.of(node), self.lower(node.value))

    def _lambda(self, node: ast.Lambda) -> Expr:
        span = self.places.of(node)
        return Lambda(*span, self.around.enter_lambda(node, span))

    def _comprehension(self, node: AnyComprehension, span: tuple[int, int] | None = None) -> Expr:
        kind = COMPREHENSION_KINDS[type(node).__name__]
        return self.around.enter_comprehension(node, span or self.places.of(node), kind)

    def _walrus(self, node: ast.NamedExpr) -> Expr:
        value = self.lower(node.value)
        walrus = Walrus(*self.places.of(node), Name(*self.places.of(node.target), node.target.id), value)
        self.around.record_walrus(walrus)
        return walrus

    def _yield(self, node: ast.Yield | ast.YieldFrom) -> Expr:
        value = self.optional(node.value)
        self.around.record_yield(value)
        return Other(*self.places.of(node), () if value is None else (value,))
