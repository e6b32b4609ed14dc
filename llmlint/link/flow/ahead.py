"""What stands ahead of a history and is another thing on each turn: a clock, a step counter, found memories, the state of a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.flow.message_lists import Sent, given_by
from llmlint.link.flow.turns import Turn
from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.names.keys import key_of, keys_in
from llmlint.link.values.stability import CONSTRUCTORS, asks_clock_or_dice, stability_at
from llmlint.link.values.values import Function, Stability, stability_of
from llmlint.request_data import Change
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding
from llmlint.source import Span

_DEEPEST = 6
# Calls that give the same for the same, so that they change only with what they are given.
_PURE = frozenset(
    {"str", "repr", "dumps", "join", "format", "strip", "dedent", "list", "tuple", "dict", "sorted", "replace", "get", "lower", "upper",
     "title", "items", "keys", "values", "copy", "int", "max", "min", "bool", "isinstance", "getenv", "Path", "read_text", "open", "read",
     "cleandoc", "render", "format_map", "substitute", "safe_substitute"}
)  # fmt: skip


def find_change(evaluator: Evaluator, turn: Turn, ahead: Iterable[ex.Expr]) -> Change | None:
    """What changes from turn to turn in the expressions `ahead` of the request, or in the messages ahead of the history."""
    search = _Search(evaluator, turn)
    found: Change | None = None
    sent = turn.path[0]
    point = Point(sent.scope, sent.block, sent.order)
    for expression in (*ahead, *_messages_ahead(turn)):
        if (
            isinstance(expression, ex.Name)
            and sent.module.parameter(sent.scope, expression.id) is not None
            and len(turn.path) == 1
        ):
            if not sent.module.reaching(expression.id, point):
                continue  # A whole prompt that is passed to each turn.
        change = search.change(0, expression, point)
        if change is not None and (found is None or change.is_certain > found.is_certain):
            found = change
    return found


def _messages_ahead(turn: Turn) -> Iterator[ex.Expr]:
    """The messages that are sent ahead of the list that grows: `[state] + messages`, `[state, *messages]`."""
    sent = turn.path[0]
    expression, seen = sent.expression, 0
    while isinstance(expression, ex.Name) and expression.id != turn.key and seen < _DEEPEST:
        seen += 1
        bindings = sent.module.reaching(expression.id, Point(sent.scope, sent.block, sent.order))
        if len(bindings) != 1 or bindings[0].value is None or bindings[0].kind != "assign" or bindings[0].path:
            return
        expression = bindings[0].value
    if isinstance(expression, ex.Operation) and expression.operator == "+":
        yield from _leading(expression.operands)
    elif isinstance(expression, ex.Sequence):
        for item in expression.items:
            if isinstance(item, ex.Starred):
                return
            yield item


def _leading(operands: tuple[ex.Expr, ...]) -> Iterator[ex.Expr]:
    for operand in operands:
        if isinstance(operand, ex.Operation) and operand.operator == "+":
            yield from _leading(operand.operands)
        elif isinstance(operand, ex.Sequence) and not any(isinstance(item, ex.Starred) for item in operand.items):
            yield from operand.items
            continue
        return


class _Search:
    """The search for what changes, from the LLM call outwards to the function whose iterations or calls are the turns."""

    def __init__(self, evaluator: Evaluator, turn: Turn) -> None:
        self._evaluator = evaluator
        self._turn = turn
        self._seen: set[tuple[int, ex.Expr]] = set()

    def change(self, level: int, expression: ex.Expr, point: Point, depth: int = 0) -> Change | None:
        """What changes in an expression of the function at one level of the turn's path."""
        if (level, expression) in self._seen or depth > _DEEPEST:
            return None
        self._seen.add((level, expression))
        module = self._turn.path[level].module
        worst: Change | None = None
        for node in _parts(module, point, expression):
            found = self._of_part(level, module, node, point, depth)
            if found is not None and found.is_certain:
                return found
            worst = worst or found
        return worst

    def _of_part(self, level: int, module: ModuleIndex, node: ex.Expr, point: Point, depth: int) -> Change | None:
        if isinstance(node, ex.Name):
            return self._of_name(level, module, node, point, depth)
        if isinstance(node, ex.Call):
            return self._of_call(level, module, node, point, depth)
        key = key_of(node)
        if key is None:
            return None
        if "." in key:
            return self._of_attribute(level, module, key, node, point, depth)
        name = ex.Name(node.start, node.end, key)
        return self._of_name(level, module, name, point, depth)

    def _of_attribute(self, level: int, module: ModuleIndex, key: str, node: ex.Expr, point: Point, depth: int) -> Change | None:
        """`self.round`, which the function counts up, `self.notes`, which it sets before, and properties."""
        at = Span(module.path, node.start, node.end)
        for store in module.stores_by_root.get((point.scope, key.split(".")[0])):
            there = Point(store.scope, store.block, store.order)
            if key_of(store.target) != key or store.value is None or not self._is_anew(level, there):
                continue
            if store.operator and isinstance(store.value, ex.Constant) and isinstance(store.value.value, int):
                return Change(at, True)
            if store.order < point.order and isinstance(store.target, ex.Attribute):
                found = self.change(level, store.value, there, depth + 1)
                if found is not None:
                    return found
        owner = module.enclosing_class(point.scope)
        members = module.members[owner.id].get(key.split(".", 1)[1], ()) if owner is not None else ()
        if any(binding.kind == "def" for binding in members) and isinstance(node, ex.Attribute):
            place = self._evaluator.place(module, point.scope, point.block, point.order)
            if any(stability_of(value) is Stability.VOLATILE for value in self._evaluator.evaluate(node, place)):
                return Change(at, True)
        return None

    def _of_call(self, level: int, module: ModuleIndex, call: ex.Call, point: Point, depth: int) -> Change | None:
        at = Span(module.path, call.start, call.end)
        if asks_clock_or_dice(module, call) or self._reads_history(level, call):
            return Change(at, True)
        inner: Change | None = None
        for part in (*(argument.value for argument in call.args), *_receiver(call)):
            found = self.change(level, part, point, depth + 1)
            inner = found if inner is None or (found is not None and found.is_certain) else inner
        place = self._evaluator.place(module, point.scope, point.block, point.order)
        functions = [each for each in self._evaluator.evaluate(call.func, place) if isinstance(each, Function)]
        if functions:
            if inner is not None and inner.is_certain and any(map(_picks_by_parameter, functions)):
                return inner
            worst = max(stability_of(value) for value in self._evaluator.evaluate(call, place))
            given = max((stability_at(module, point, argument.value) for argument in call.args), default=Stability.STABLE)
            if worst is Stability.VOLATILE and given is not Stability.VOLATILE:
                return Change(at, True)
            # What varies without being given is made by the function itself.
            own = Change(at, False) if given < Stability.VARYING and self._may_differ(module, point.scope, call.func) else None
            return inner or own if worst >= Stability.VARYING else None
        if inner is not None or ex.last_name(call.func) in _PURE:
            return inner
        # `browser.snapshot()`, `memory.search(text)`: what an object out of sight gives may be another thing each time.
        is_of_object = isinstance(call.func, ex.Attribute) and self._is_object(module, point.scope, call.func.value)
        return Change(at, False) if is_of_object and self._is_anew(level, point) else None

    def _may_differ(self, module: ModuleIndex, scope: int, function: ex.Expr) -> bool:
        """Whether a function may give something else each time; a method of the same object only where what it reads is set outside the
        constructor."""
        root = ex.root_name(function)
        owner = module.method_of_self(scope, root) if root is not None else None
        if owner is None or not isinstance(function, ex.Attribute):
            return True
        methods = [each.scope_id for each in module.members[owner.id].get(function.attr, ()) if each.scope_id is not None]
        read = {
            key
            for method in methods
            for leave in module.exits_by_scope.get(method)
            if leave.value
            for key in keys_in(module, leave.value)
        }
        read |= {
            key
            for method in methods
            for each in module.bindings_by_scope.get(method)
            if each.value
            for key in keys_in(module, each.value)
        }
        attributes = {key.split(".", 1)[1] for key in read if "." in key}
        stores = [store for attribute in attributes for store in module.attribute_stores.get(attribute)]
        return any(module.scopes[store.scope].name not in CONSTRUCTORS for store in stores)

    def _is_object(self, module: ModuleIndex, scope: int, receiver: ex.Expr) -> bool:
        """Whether a method is called on an object that the function has in hand, and not on a module or class."""
        root = ex.root_name(receiver)
        if root is None:
            return False
        return module.parameter(scope, root) is not None or any(b.kind != "import" for b in module.bindings(scope, root))

    def _is_anew(self, level: int, point: Point) -> bool:
        """Whether what stands at a point is done on each turn."""
        loop = self._turn.loop
        return level < len(self._turn.path) - 1 or loop is None or loop.first < point.order < loop.last

    def _reads_history(self, level: int, call: ex.Call) -> bool:
        """Whether a call is made with the history: `load_memories(messages)`, `len(messages)`."""
        module = self._turn.path[level].module
        is_last = level == len(self._turn.path) - 1
        return is_last and any(self._turn.key in keys_in(module, argument.value) for argument in call.args)

    def _of_name(self, level: int, module: ModuleIndex, node: ex.Name, point: Point, depth: int) -> Change | None:
        turn, sent = self._turn, self._turn.path[level]
        is_last = level == len(turn.path) - 1
        at = Span(module.path, node.start, node.end)
        if (is_last and node.id == turn.key) or module.method_of_self(point.scope, node.id) is not None:
            return None
        bindings = module.reaching(node.id, point)
        made = [
            each for each in bindings if self._is_anew(level, Point(each.scope, each.block, each.order)) and each.kind != "import"
        ]
        if is_last and (made or (turn.loop is None and not bindings)) and self._goes_into_history(module, sent, node.id):
            return Change(at, True)
        worst: Change | None = None
        for binding in made:
            found = self._of_binding(level, module, binding, at, depth)
            worst = found if worst is None or (found is not None and found.is_certain) else worst
        if bindings or module.parameter(point.scope, node.id) is None:
            return worst
        if not is_last:
            above = turn.path[level + 1]
            given = given_by(self._evaluator, module, sent.scope, above.use, node.id) if above.use is not None else None
            there = Point(above.scope, above.block, above.order)
            return self.change(level + 1, given, there, depth + 1) if given is not None else None
        # Each call of the function is a turn, and each may be given something else.
        return Change(at, False) if turn.loop is None else None

    def _of_binding(self, level: int, module: ModuleIndex, binding: Binding, at: Span, depth: int) -> Change | None:
        loop = self._turn.loop if level == len(self._turn.path) - 1 else None
        there = Point(binding.scope, binding.block, binding.order)
        if binding.kind == "for":
            return Change(at, True) if loop is not None and binding.block == loop.id else None
        if binding.value is None:
            return None
        if binding.kind != "augment":
            return self.change(level, binding.value, there, depth + 1)
        earlier = [each for each in module.reaching(binding.name, there) if each is not binding and each.order < binding.order]
        anew = [each for each in earlier if self._is_anew(level, Point(each.scope, each.block, each.order))]
        if loop is not None and not anew:
            return Change(at, True)  # It was set before the loop: a counter, or a text that gets longer.
        found = self.change(level, binding.value, there, depth + 1)
        for each in anew if found is None else ():
            found = found or self._of_binding(level, module, each, at, depth + 1)
        return found

    def _goes_into_history(self, module: ModuleIndex, sent: Sent, name: str) -> bool:
        """Whether a function puts what it has by this name into the messages."""
        key = self._turn.key
        return any(
            isinstance(fact.call.func, ex.Attribute) and key_of(fact.call.func.value) == key
            for fact in module.calls_by_root.get((sent.scope, key.split(".")[0]))
            if any(name in keys_in(module, argument.value) for argument in fact.call.args)
        )


def _picks_by_parameter(function: Function) -> bool:
    """Whether a parameter decides what a function picks to return: `[each for each in notes if word in each]`."""
    module, names = function.module, {each.name for each in function.module.scopes[function.scope].parameters}
    returned = (leave.value for leave in module.exits_by_scope.get(function.scope) if leave.kind == "return" and leave.value)
    picks = (node for value in returned for node in ex.walk(value) if isinstance(node, ex.Comprehension))
    return any(not names.isdisjoint(keys_in(module, test)) for node in picks for test in node.conditions)


def _receiver(call: ex.Call) -> tuple[ex.Expr, ...]:
    """The text or moment that a method is called on: `now.isoformat()`, `"\n".join(…)`."""
    return (call.func.value,) if isinstance(call.func, ex.Attribute) and not isinstance(call.func.value, ex.Constant) else ()


def _parts(module: ModuleIndex, point: Point, expression: ex.Expr) -> Iterator[ex.Expr]:
    """The names, attributes and calls that a value is made of, without dates; what is inside a call is the call's own."""
    pending = [expression]
    while pending:
        node = pending.pop()
        is_part = isinstance(node, (ex.Name, ex.Attribute, ex.Call))
        if is_part or isinstance(node, (ex.Subscript, ex.FormattedValue)):
            if stability_at(module, point, node) is Stability.DAILY:
                continue
        if is_part:
            yield node
        else:
            pending.extend(node.children())
