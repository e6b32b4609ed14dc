"""The one pass over a file's libcst tree that yields its facts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import libcst as cst

from llmlint.scan.cst_lowering import CstLowering, operator_of
from llmlint.scan.cst_names import captured_names, dotted, first_name, python_name
from llmlint.scan.expressions import Comprehension, Expr, Mapping, Name
from llmlint.scan.facts import Parameter, StarImport
from llmlint.scan.positions import Offsets
from llmlint.scan.recorder import Recorder

if TYPE_CHECKING:
    from llmlint.scan.expressions import ComprehensionKind
    from llmlint.scan.facts import BindingKind, BlockKind, ParameterKind, ScopeKind


class CstVisitor(Recorder):
    """Walks statements in source order, keeps the open scope and block, and hands expressions to the lowering.

    libcst's own visitor rebuilds each node that it visits, at the price of parsing once more; facts only read.
    """

    def __init__(self, module: cst.Module, path: str, offsets: Offsets, length: int) -> None:
        super().__init__(path)
        self.offsets = offsets
        self.expressions = CstLowering(self)
        self.lower = self.expressions.lower
        self._by_type: dict[type[cst.CSTNode], Callable[[Any], None]] = {
            cst.SimpleStatementLine: self._lines,
            cst.SimpleStatementSuite: self._lines,
            cst.IndentedBlock: self._lines,
            cst.Expr: self._expression_statement,
            cst.Assign: self._assign,
            cst.AnnAssign: self._annotated_assign,
            cst.AugAssign: self._augmented_assign,
            cst.Return: self._return,
            cst.If: self._if,
            cst.For: self._for,
            cst.While: self._while,
            cst.Try: self._try,
            cst.TryStar: self._try,
            cst.With: self._with,
            cst.Match: self._match,
            cst.FunctionDef: self._function,
            cst.ClassDef: self._class,
            cst.Import: self._import,
            cst.ImportFrom: self._import_from,
            cst.Break: self._break,
            cst.Continue: self._continue,
            cst.Raise: self._raise,
            cst.Assert: self._assert,
            cst.Del: self._delete,
            cst.Global: self._global,
            cst.Nonlocal: self._global,
        }
        with self.open_scope("module", "", 0, length, 0):
            self._statements(module.body)

    def enter_lambda(self, node: cst.Lambda) -> int:
        start, end = self.offsets.of(node)
        parameters = self._parameters(node.params)
        with self.open_scope("lambda", "<lambda>", start, end, start, parameters=parameters) as scope:
            self.exit("return", self.lower(node.body))
        return scope

    def enter_comprehension(self, node: cst.BaseComp, kind: ComprehensionKind) -> Comprehension:
        iterables: list[Expr] = []
        conditions: list[Expr] = []
        generator: cst.CompFor | None = node.for_in
        span = self.offsets.of(node)

        def enter(part: cst.CompFor) -> tuple[int, Expr]:
            iterable = self.lower(part.iter)
            iterables.append(iterable)
            target = self.lower(part.target)
            is_async = part.asynchronous is not None
            with self.open_block("comprehension", span, span[0], head=iterable, target=target, is_async=is_async) as block:
                self.bind(target, "for", iterable)
                conditions.extend(self.lower(condition.test) for condition in part.ifs)
                if part.inner_for_in is not None:
                    return enter(part.inner_for_in)
                if isinstance(node, cst.DictComp):
                    key = self.lower(node.key)
                    return block, Mapping(*span, ((key, self.lower(node.value)),))
                return block, self.lower(node.elt)  # type: ignore[attr-defined]

        assert generator is not None
        block, element = enter(generator)
        return Comprehension(*span, kind, element, tuple(iterables), block, tuple(conditions))

    # Statements

    def _statements(self, body: Sequence[cst.CSTNode]) -> None:
        for statement in body:
            handler = self._by_type.get(type(statement))
            if handler is not None:
                handler(statement)

    def _lines(self, node: cst.SimpleStatementLine | cst.SimpleStatementSuite | cst.IndentedBlock) -> None:
        self._statements(node.body)

    def _expression_statement(self, node: cst.Expr) -> None:
        self.end_of_statement(self.lower(node.value))

    def _assign(self, node: cst.Assign) -> None:
        value = self.lower(node.value)
        for target in node.targets:
            self.bind(self.lower(target.target), "assign", value)

    def _annotated_assign(self, node: cst.AnnAssign) -> None:
        annotation = self.lower(node.annotation.annotation)
        value = self.expressions.optional(node.value)
        self.bind(self.lower(node.target), "assign", value, annotation=annotation)

    def _augmented_assign(self, node: cst.AugAssign) -> None:
        value = self.lower(node.value)
        self.bind(self.lower(node.target), "augment", value, operator=operator_of(node.operator))

    def _return(self, node: cst.Return) -> None:
        self.exit("return", self.expressions.optional(node.value))

    def _if(self, node: cst.If) -> None:
        group = self.tick()
        current: cst.If | cst.Else | None = node
        while current is not None:
            test = self.lower(current.test) if isinstance(current, cst.If) else None
            kind: BlockKind = "if" if isinstance(current, cst.If) else "else"
            self._suite(kind, current, current.body, group=group, head=test)
            current = current.orelse if isinstance(current, cst.If) else None

    def _for(self, node: cst.For) -> None:
        iterable = self.lower(node.iter)
        target = self.lower(node.target)
        more: dict[str, Any] = {"head": iterable, "target": target, "is_async": node.asynchronous is not None}
        self._suite("for", node, node.body, enter=lambda: self.bind(target, "for", iterable), **more)
        self._loop_else(node.orelse)

    def _while(self, node: cst.While) -> None:
        # The test runs again before each iteration, so it belongs to the loop.
        opened = self.open_block("while", self.offsets.of(node), self._header_end(node.body))
        with opened:
            opened.more["head"] = self.lower(node.test)
            self._lines(node.body)  # type: ignore[arg-type]
        self._loop_else(node.orelse)

    def _loop_else(self, node: cst.Else | None) -> None:
        if node is not None:
            self._suite("loop-else", node, node.body)

    def _try(self, node: cst.Try | cst.TryStar) -> None:
        self._suite("try", node, node.body)
        group = self.tick()
        for handler in node.handlers:
            head = self.expressions.optional(handler.type)
            name = handler.name.name if handler.name is not None else None
            target = self.lower(name) if isinstance(name, cst.Name) else None

            def enter(target: Expr | None = target) -> None:
                if target is not None:
                    self.bind(target, "except", None)

            self._suite("except", handler, handler.body, group=group, enter=enter, head=head)
        if node.orelse is not None:
            self._suite("try-else", node.orelse, node.orelse.body)
        if node.finalbody is not None:
            self._suite("finally", node.finalbody, node.finalbody.body)

    def _with(self, node: cst.With) -> None:
        items = []
        for item in node.items:
            value = self.lower(item.item)
            items.append((value, self.lower(item.asname.name) if item.asname is not None else None))

        def enter() -> None:
            for value, target in items:
                if target is not None:
                    self.bind(target, "with", value)

        is_async = node.asynchronous is not None
        self._suite("with", node, node.body, enter=enter, head=items[0][0], target=items[0][1], is_async=is_async)

    def _match(self, node: cst.Match) -> None:
        subject = self.lower(node.subject)
        group = self.tick()
        for case in node.cases:

            def enter(case: cst.MatchCase = case) -> None:
                for name in captured_names(case.pattern):
                    self.bind(self.lower(name), "except", None)
                if case.guard is not None:
                    self.lower(case.guard)

            self._suite("case", case, case.body, group=group, enter=enter, head=subject)

    def _suite(
        self,
        kind: BlockKind,
        node: cst.CSTNode,
        body: cst.BaseSuite,
        *,
        group: int | None = None,
        enter: Callable[[], None] | None = None,
        **more: Any,
    ) -> None:
        with self.open_block(kind, self.offsets.of(node), self._header_end(body), group, **more):
            if enter is not None:
                enter()
            self._lines(body)  # type: ignore[arg-type]

    def _header_end(self, body: cst.BaseSuite) -> int:
        """Where the header of a compound statement ends: before the first statement of its body."""
        return self.offsets.of(body)[0]

    def _function(self, node: cst.FunctionDef) -> None:
        decorators = tuple(self.lower(decorator.decorator) for decorator in node.decorators)
        parameters = self._parameters(node.params)
        returns = self.lower(node.returns.annotation) if node.returns is not None else None
        start, end = self.offsets.of(node)
        more = {"decorators": decorators, "parameters": parameters, "returns": returns, "is_async": node.asynchronous is not None}
        self._definition("def", node.name, start, end, node.body, "function", more)

    def _class(self, node: cst.ClassDef) -> None:
        decorators = tuple(self.lower(decorator.decorator) for decorator in node.decorators)
        bases = tuple(self.lower(base.value) for base in node.bases)
        for keyword in node.keywords:
            self.lower(keyword.value)
        start, end = self.offsets.of(node)
        self._definition("class", node.name, start, end, node.body, "class", {"decorators": decorators, "bases": bases})

    def _definition(
        self,
        kind: BindingKind,
        name: cst.Name,
        start: int,
        end: int,
        body: cst.BaseSuite,
        scope_kind: ScopeKind,
        more: dict[str, Any],
    ) -> None:
        self.define(kind, python_name(name), self.offsets.of(name))
        with self.open_scope(scope_kind, python_name(name), start, end, self._header_end(body), **more):
            self._lines(body)  # type: ignore[arg-type]

    def _parameters(self, node: cst.Parameters) -> tuple[Parameter, ...]:
        parameters: list[Parameter] = []

        def add(param: cst.Param, kind: ParameterKind) -> None:
            annotation = self.lower(param.annotation.annotation) if param.annotation is not None else None
            default = self.lower(param.default) if param.default is not None else None
            parameters.append(Parameter(python_name(param.name), kind, default, annotation, *self.offsets.of(param.name)))

        for param in node.posonly_params:
            add(param, "positional-only")
        for param in node.params:
            add(param, "positional")
        if isinstance(node.star_arg, cst.Param):
            add(node.star_arg, "*")
        for param in node.kwonly_params:
            add(param, "keyword")
        if node.star_kwarg is not None:
            add(node.star_kwarg, "**")
        return tuple(parameters)

    def _import(self, node: cst.Import) -> None:
        for alias in node.names:
            module = dotted(alias.name)
            if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
                self._import_binding(alias.asname.name, module, None, 0)
            else:
                self._import_binding(first_name(alias.name), module.split(".")[0], None, 0)

    def _import_from(self, node: cst.ImportFrom) -> None:
        module = dotted(node.module) if node.module is not None else ""
        level = len(node.relative)
        if isinstance(node.names, cst.ImportStar):
            self.star_imports.append(StarImport(self.scope, module, level, self.tick()))
            return
        for alias in node.names:
            name = alias.asname.name if alias.asname is not None else alias.name
            if isinstance(name, cst.Name):
                self._import_binding(name, module, dotted(alias.name), level)

    def _import_binding(self, name: cst.Name, module: str, member: str | None, level: int) -> None:
        self.bind_import(python_name(name), self.offsets.of(name), module, member, level)

    def _break(self, node: cst.Break) -> None:
        self.exit("break", None)

    def _continue(self, node: cst.Continue) -> None:
        self.exit("continue", None)

    def _raise(self, node: cst.Raise) -> None:
        self.exit("raise", self.expressions.optional(node.exc))

    def _assert(self, node: cst.Assert) -> None:
        self.lower(node.test)

    def _delete(self, node: cst.Del) -> None:
        target = self.lower(node.target)
        if isinstance(target, Name):
            self.bind_name(target, "delete", None)

    def _global(self, node: cst.Global | cst.Nonlocal) -> None:
        for item in node.names:
            name = self.lower(item.name)
            if isinstance(name, Name):
                self.bind_name(name, "global", None)
