"""The one pass over Python's own syntax tree of a file that yields its facts."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from llmlint.scan.ast_lowering import AnyComprehension, AstLowering, operator_of
from llmlint.scan.ast_places import Places
from llmlint.scan.expressions import Comprehension, Expr, Mapping, Name
from llmlint.scan.facts import Parameter, StarImport
from llmlint.scan.recorder import Recorder

if TYPE_CHECKING:
    from llmlint.scan.expressions import ComprehensionKind
    from llmlint.scan.facts import BindingKind, BlockKind, ParameterKind, ScopeKind


class AstVisitor(Recorder):
    """Walks statements in source order, keeps the open scope and block, and hands expressions to the lowering.

    The counterpart of `CstVisitor`, and in the same order: both give equal facts.
    """

    def __init__(self, tree: ast.Module, path: str, text: str, places: Places | None = None) -> None:
        super().__init__(path)
        self.open(places or Places(text))
        with self.open_scope("module", "", 0, len(text), 0):
            self.statements(tree.body)
        self.close()

    def close(self) -> None:
        """Keep what says something about the file, and not what it was found with: that holds itself in memory."""
        self.by_type.clear()
        self.expressions.by_type.clear()
        del self.places, self.expressions, self.lower

    def open(self, places: Places) -> None:
        """Get ready to look into a file's tree, or into one of a piece of it."""
        self.places = places
        self.expressions = AstLowering(self)
        self.lower = self.expressions.lower
        self.by_type: dict[type[ast.AST], Callable[[Any], None]] = {
            ast.Expr: self._expression_statement,
            ast.Assign: self._assign,
            ast.AnnAssign: self._annotated_assign,
            ast.AugAssign: self._augmented_assign,
            ast.Return: self._return,
            ast.If: self._if,
            ast.For: self._for,
            ast.AsyncFor: self._for,
            ast.While: self._while,
            ast.Try: self._try,
            ast.With: self._with,
            ast.AsyncWith: self._with,
            ast.Match: self._match,
            ast.FunctionDef: self._function,
            ast.AsyncFunctionDef: self._function,
            ast.ClassDef: self._class,
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
            ast.Break: self._break,
            ast.Continue: self._continue,
            ast.Raise: self._raise,
            ast.Assert: self._assert,
            ast.Delete: self._delete,
            ast.Global: self._global,
            ast.Nonlocal: self._global,
        }
        if hasattr(ast, "TryStar"):
            self.by_type[ast.TryStar] = self._try

    def enter_lambda(self, node: ast.Lambda, span: tuple[int, int]) -> int:
        parameters = self._parameters(node.args)
        with self.open_scope("lambda", "<lambda>", *span, span[0], parameters=parameters) as scope:
            self.exit("return", self.lower(node.body))
        return scope

    def enter_comprehension(self, node: AnyComprehension, span: tuple[int, int], kind: ComprehensionKind) -> Comprehension:
        iterables: list[Expr] = []
        conditions: list[Expr] = []
        block, element = self._enter_clause(node, span, 0, iterables, conditions)
        return Comprehension(*span, kind, element, tuple(iterables), block, tuple(conditions))

    def _enter_clause(
        self, node: AnyComprehension, span: tuple[int, int], index: int, iterables: list[Expr], conditions: list[Expr]
    ) -> tuple[int, Expr]:
        part = node.generators[index]
        iterable = self.lower(part.iter)
        iterables.append(iterable)
        target = self.lower(part.target)
        with self.open_block("comprehension", span, span[0], head=iterable, target=target, is_async=bool(part.is_async)) as block:
            self.bind(target, "for", iterable)
            conditions += map(self.lower, part.ifs)
            if index + 1 < len(node.generators):
                return self._enter_clause(node, span, index + 1, iterables, conditions)
            if isinstance(node, ast.DictComp):
                key = self.lower(node.key)
                return block, Mapping(*span, ((key, self.lower(node.value)),))
            return block, self.lower(node.elt)

    # Statements

    def statements(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            handler = self.by_type.get(type(statement))
            if handler is not None:
                handler(statement)

    def _expression_statement(self, node: ast.Expr) -> None:
        if type(node.value) is not ast.Constant:
            self.end_of_statement(self.lower(node.value))

    def _assign(self, node: ast.Assign) -> None:
        value = self.lower(node.value)
        for target in node.targets:
            self.bind(self.lower(target), "assign", value)

    def _annotated_assign(self, node: ast.AnnAssign) -> None:
        annotation = self.lower(node.annotation)
        value = self.expressions.optional(node.value)
        self.bind(self.lower(node.target), "assign", value, annotation=annotation)

    def _augmented_assign(self, node: ast.AugAssign) -> None:
        value = self.lower(node.value)
        self.bind(self.lower(node.target), "augment", value, operator=operator_of(node.op))

    def _return(self, node: ast.Return) -> None:
        self.exit("return", self.expressions.optional(node.value))

    def _if(self, node: ast.If) -> None:
        group = self.tick()
        while True:
            self._suite("if", self.places.statement(node), node.body, group=group, head=self.lower(node.test))
            if not node.orelse:
                return
            only = node.orelse[0]
            if type(only) is not ast.If or not self.places.text.startswith("elif", self.places.start(only)):
                break
            node = only
        self._branch("else", "else", node.body[-1], node.orelse, group=group)

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        iterable = self.lower(node.iter)
        target = self.lower(node.target)
        more: dict[str, Any] = {"head": iterable, "target": target, "is_async": type(node) is ast.AsyncFor}
        enter = lambda: self.bind(target, "for", iterable)  # noqa: E731
        self._suite("for", self.places.statement(node), node.body, enter=enter, **more)
        self._branch("loop-else", "else", node.body[-1], node.orelse)

    def _while(self, node: ast.While) -> None:
        # The test runs again before each iteration, so it belongs to the loop.
        opened = self.open_block("while", self.places.statement(node), self.places.start(node.body[0]))
        with opened:
            opened.more["head"] = self.lower(node.test)
            self.statements(node.body)
        self._branch("loop-else", "else", node.body[-1], node.orelse)

    def _try(self, node: Any) -> None:
        self._suite("try", self.places.statement(node), node.body)
        group = self.tick()
        for handler in node.handlers:
            self._handler(handler, group)
        last = node.handlers[-1] if node.handlers else node.body[-1]
        self._branch("try-else", "else", last, node.orelse)
        self._branch("finally", "finally", node.orelse[-1] if node.orelse else last, node.finalbody)

    def _handler(self, node: ast.ExceptHandler, group: int) -> None:
        head = self.expressions.optional(node.type)
        span = None
        if node.name is not None and head is not None:
            span = self.places.word(self.places.keyword("as", head.end))

        def enter() -> None:
            if node.name is not None and span is not None:
                self.bind_name(Name(*span, node.name), "except", None)

        self._suite("except", self.places.statement(node), node.body, group=group, enter=enter, head=head)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        self.places.take_bracket_of_with(node)
        items = [(self.lower(item.context_expr), self.expressions.optional(item.optional_vars)) for item in node.items]

        def enter() -> None:
            for value, target in items:
                if target is not None:
                    self.bind(target, "with", value)

        more: dict[str, Any] = {"head": items[0][0], "target": items[0][1], "is_async": type(node) is ast.AsyncWith}
        self._suite("with", self.places.statement(node), node.body, enter=enter, **more)

    def _match(self, node: ast.Match) -> None:
        subject = self.lower(node.subject)
        group = self.tick()
        before = subject.end
        for case in node.cases:

            def enter(case: ast.match_case = case) -> None:
                for name, span in self._captured_names(case.pattern):
                    self.bind_name(Name(*span, name), "except", None)
                if case.guard is not None:
                    self.lower(case.guard)

            span = self.places.case(before), self.places.end_of_statement(case.body[-1])
            before = span[1]
            self._suite("case", span, case.body, group=group, enter=enter, head=subject)

    def _captured_names(self, pattern: ast.pattern) -> Iterator[tuple[str, tuple[int, int]]]:
        """The names that a pattern binds, with their places."""
        if isinstance(pattern, ast.MatchAs):
            if pattern.pattern is not None:
                yield from self._captured_names(pattern.pattern)
            if pattern.name is not None:
                yield pattern.name, self.places.word_before(self.places.end(pattern))
        elif isinstance(pattern, ast.MatchStar):
            if pattern.name is not None:
                yield pattern.name, self.places.word_before(self.places.end(pattern))
        else:
            for child in ast.iter_child_nodes(pattern):
                if isinstance(child, ast.pattern):
                    yield from self._captured_names(child)
            if isinstance(pattern, ast.MatchMapping) and pattern.rest is not None:
                yield pattern.rest, self.places.rest_of(pattern)

    def _branch(
        self,
        kind: BlockKind,
        word: str,
        last: ast.stmt | ast.excepthandler,
        body: Sequence[ast.stmt],
        *,
        group: int | None = None,
    ) -> None:
        """What follows a statement behind `else:` or `finally:`, if anything does."""
        if body:
            self._suite(kind, (self.places.branch(word, last), self.places.end_of_statement(body[-1])), body, group=group)

    def _suite(
        self,
        kind: BlockKind,
        span: tuple[int, int],
        body: Sequence[ast.stmt],
        *,
        group: int | None = None,
        enter: Callable[[], None] | None = None,
        **more: Any,
    ) -> None:
        # The header of a compound statement ends before the first statement of its body.
        with self.open_block(kind, span, self.places.start(body[0]), group, **more):
            if enter is not None:
                enter()
            self.statements(body)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        more = {
            "decorators": tuple(map(self.lower, node.decorator_list)),
            "parameters": self._parameters(node.args),
            "returns": self.expressions.optional(node.returns),
            "is_async": type(node) is ast.AsyncFunctionDef,
        }
        self._definition("def", "function", node, more)

    def _class(self, node: ast.ClassDef) -> None:
        decorators = tuple(map(self.lower, node.decorator_list))
        if len(node.bases) == 1 and not node.keywords:
            self.places.take_bracket_of_class(node)
        bases = tuple(self.lower(base.value if type(base) is ast.Starred else base) for base in node.bases)
        for keyword in node.keywords:
            self.lower(keyword.value)
        self._definition("class", "class", node, {"decorators": decorators, "bases": bases})

    def _definition(
        self,
        kind: BindingKind,
        scope_kind: ScopeKind,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
        more: dict[str, Any],
    ) -> None:
        self.define(kind, node.name, self.places.name_of(node))
        with self.open_scope(scope_kind, node.name, *self.places.statement(node), self.places.start(node.body[0]), **more):
            self.body(node)

    def body(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        self.statements(node.body)

    def _parameters(self, node: ast.arguments) -> tuple[Parameter, ...]:
        parameters: list[Parameter] = []

        def add(argument: ast.arg, kind: ParameterKind, default: ast.expr | None = None) -> None:
            annotation = self.expressions.optional(argument.annotation)
            value = self.expressions.optional(default)
            start = self.places.start(argument)
            parameters.append(Parameter(argument.arg, kind, value, annotation, *self.places.word(start)))

        positional = [*node.posonlyargs, *node.args]
        without = len(positional) - len(node.defaults)
        for index, argument in enumerate(positional):
            kind: ParameterKind = "positional-only" if index < len(node.posonlyargs) else "positional"
            add(argument, kind, node.defaults[index - without] if index >= without else None)
        if node.vararg is not None:
            add(node.vararg, "*")
        for argument, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
            add(argument, "keyword", default)
        if node.kwarg is not None:
            add(node.kwarg, "**")
        return tuple(parameters)

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.asname is not None:
                self.bind_import(alias.asname, self.places.word_before(self.places.end(alias)), alias.name, None, 0)
            else:
                first = alias.name.split(".")[0]
                self.bind_import(first, self.places.word(self.places.start(alias)), first, None, 0)

    def _import_from(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        for alias in node.names:
            if alias.name == "*":
                self.star_imports.append(StarImport(self.scope, module, node.level, self.tick()))
            else:
                span = self.places.word_before(self.places.end(alias))
                self.bind_import(alias.asname or alias.name, span, module, alias.name, node.level)

    def _break(self, node: ast.Break) -> None:
        self.exit("break", None)

    def _continue(self, node: ast.Continue) -> None:
        self.exit("continue", None)

    def _raise(self, node: ast.Raise) -> None:
        self.exit("raise", self.expressions.optional(node.exc))

    def _assert(self, node: ast.Assert) -> None:
        self.lower(node.test)

    def _delete(self, node: ast.Delete) -> None:
        targets = [self.lower(target) for target in node.targets]
        # `del a, b` deletes a tuple's items, which are not followed.
        is_tuple = len(targets) > 1 or self.places.text.startswith(",", self.places.skip(targets[0].end))
        if not is_tuple and isinstance(targets[0], Name):
            self.bind_name(targets[0], "delete", None)

    def _global(self, node: ast.Global | ast.Nonlocal) -> None:
        # The first word is the keyword.
        _, *spans = self.places.words(*self.places.statement(node))
        for name, span in zip(node.names, spans, strict=True):
            self.bind_name(Name(*span, name), "global", None)
