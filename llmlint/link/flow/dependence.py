"""Whether what one iteration of a loop sends depends on what an earlier iteration was answered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from llmlint.link.calls.runners import tail_of
from llmlint.link.flow.loop_contents import contents_of, written_by
from llmlint.link.flow.slots import Slots
from llmlint.link.names.effects import ADDS
from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.names.keys import key_of, keys_in
from llmlint.link.program.memo import Memo
from llmlint.link.rests import found_once
from llmlint.link.values import guards
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, Block, CallFact, Exit, Store

# Methods that write what they are given elsewhere, or only look at it.
_SINKS = frozenset(
    {"write", "writerow", "writelines", "info", "debug", "warning", "error", "exception", "log", "print", "set_description",
     "set_postfix", "dump", "dumps", "put_nowait", "close", "flush", "send", "writerows", "to_csv", "update_postfix"}
)  # fmt: skip
# Methods that send what they are given to somebody: of clients of chats and mail, by names that no conversation with a model has.
_POSTS = re.compile(
    r"_?(?:chat_(?:post|update|schedule)\w*|post_(?:message|text|embed|card)|(?:send|reply|edit)_(?:text|mail|email|photo|document|embed|sms|notification)"
    r"|sendmail|files?_upload\w*|upload_file|notify)"
)
# Methods that change nothing.
_PURE = frozenset(
    {"replace", "format", "format_map", "join", "split", "rsplit", "strip", "lstrip", "rstrip", "lower", "upper", "startswith", "endswith",
     "count", "find", "index", "get", "items", "keys", "values", "copy", "encode", "decode", "render", "model_dump", "json", "match",
     "search", "findall", "sub", "loc", "iloc", "head", "isin", "dumps", "loads"}
)  # fmt: skip
_ADDS = frozenset({"append", "extend", "insert", "add", "update"})
_DEEPEST = 30


class LoopFlow:
    """The flow of values through one loop, seen from one expression in it: an LLM call, or a call that leads to one."""

    def __init__(self, module: ModuleIndex, loop: Block, source: ex.Expr, source_order: int, scope: int) -> None:
        self.module = module
        self.loop = loop
        self.source = source
        self.order = source_order
        self.scope = scope
        self.contents = contents_of(module, loop, scope)
        self.answers: set[str] = set()
        """The names that hold the answer or something made from it."""
        self._written: set[str] = set()
        self._find_answers()

    def _find_answers(self) -> None:
        contents = self.contents
        pending = [*contents.holders.get(self.source, ()), *contents.holders_as_key.get(self.source, ())]
        found: set[int] = set()
        while pending:
            number = pending.pop()
            if number in found:
                continue
            found.add(number)
            writer = contents.writers[number]
            if isinstance(writer, CallFact):
                names = self._written_to(writer)
                self._written |= names
            else:
                name = written_by(writer)
                names = {name} if name is not None else set()
            for name in names - self.answers:
                pending += [*contents.readers.get(name, ()), *contents.readers_as_key.get(name, ())]
            self.answers |= names
        self._found = [contents.writers[number] for number in sorted(found)]

    @found_once
    def _slots(self) -> Slots:
        return self.contents.slots.written_by(self._answer_stores())

    def _written_to(self, fact: CallFact) -> set[str]:
        """The state that a method call writes the answer to: `history.append(answer)`, `db.add(answer)`, `self.remember(answer)`."""
        func = fact.call.func
        assert isinstance(func, ex.Attribute)
        if func.attr in _SINKS or func.attr in _PURE or fact.call is self.source or _POSTS.fullmatch(func.attr):
            return set()
        key = key_of(func.value)
        own = set(_changed_by_method(self.module, self.scope, func)) if isinstance(func.value, ex.Name) else set()
        return own | {key} if key is not None else own

    def _answer_stores(self) -> Iterator[tuple[str, Store]]:
        for writer in self._found:
            key = key_of(writer.target) if isinstance(writer, Store) else None
            if key is not None and isinstance(writer, Store):
                yield key, writer

    def keeps_each(self) -> bool:
        """Whether each iteration's answer is kept (appended, stored by key): then the iterations are samples, not tries."""
        for writer in self._found:
            if isinstance(writer, Store) and isinstance(writer.target, ex.Subscript):
                return True
            func = writer.call.func if isinstance(writer, CallFact) else None
            if isinstance(func, ex.Attribute) and func.attr in ("append", "extend", "add", "write", "writerow"):
                return True
        return False

    def is_answer(self, expression: ex.Expr) -> bool:
        return bool(self.answers & keys_in(self.module, expression)) or self._holds_source(expression)

    def _holds_source(self, expression: ex.Expr) -> bool:
        return any(node is self.source for node in ex.walk(expression))

    def is_carried(self, sent: Iterable[ex.Expr]) -> bool:
        """Whether any of the expressions that an iteration sends can hold an earlier iteration's answer."""
        seen: set[tuple[str, int]] = set()
        holder = self.module.fact_of_call.get(self.source) if isinstance(self.source, ex.Call) else None
        block = holder.block if holder is not None else self.loop.id
        point = Point(self.scope, block, self.order)
        keys = {key for expression in sent for key in keys_in(self.module, expression, self._slots)}
        return any(self._reads_earlier(key, point, seen, 0) for key in keys)

    def _reads_earlier(self, key: str, point: Point, seen: set[tuple[str, int]], depth: int) -> bool:
        if (key, point.order) in seen or depth > _DEEPEST:
            return False
        seen.add((key, point.order))
        if "." in key:
            return (
                key in self.answers or key in self._slots.containers or self._is_made_longer(key) or self._is_set_by_answer(key)
            )
        if any(self._reads_earlier(name, there, seen, depth + 1) for name, there in self._added(key, point)):
            return True
        bindings = self.module.reaching(key, point)
        fresh = [b for b in bindings if self.loop.first < b.order < self.loop.last]
        # Bound only behind this point: in the first iteration, it is what it was before the loop.
        lives_on = len(fresh) < len(bindings) or all(binding.order >= point.order for binding in fresh)
        if lives_on and self._is_written(key):
            return True
        is_anew = any(binding.order < point.order and self._is_certain(binding, point) for binding in fresh)
        for binding in fresh:
            if binding.value is None or (binding.kind == "for" and binding.block == self.loop.id):
                continue
            is_earlier_round = binding.order >= point.order
            if is_earlier_round and is_anew:
                continue  # From an earlier iteration of a loop inside this one.
            if is_earlier_round and (self.is_answer(binding.value) or self._is_chosen(binding)):
                return True
            if not is_earlier_round and self._holds_source(binding.value):
                return True
            if binding.kind == "augment" and (lives_on or is_earlier_round) and self.is_answer(binding.value):
                return True
            there = Point(binding.scope, binding.block, binding.order)
            inner = keys_in(self.module, binding.value, self._slots)
            if binding.kind == "augment":
                inner |= {key}
            if any(self._reads_earlier(name, there, seen, depth + 1) for name in inner):
                return True
        return False

    def _added(self, key: str, point: Point) -> Iterator[tuple[str, Point]]:
        """What an iteration reads for that which it adds to a list or dict ahead of a point."""
        for fact in self.contents.calls_on.get(key, ()):
            if fact.order < point.order and tail_of(fact.call) in _ADDS:
                there = Point(self.scope, fact.block, fact.order)
                yield from ((name, there) for each in fact.call.args for name in keys_in(self.module, each.value, self._slots))
        for store in self.contents.stores_of.get(key, ()):
            if store.order < point.order and store.value is not None:
                there = Point(store.scope, store.block, store.order)
                yield from ((name, there) for name in keys_in(self.module, store.value, self._slots))

    def _is_certain(self, binding: Binding, point: Point) -> bool:
        """Whether a binding ahead of a point has run in each iteration that gets there."""
        around = {block.id for block in self.module.block_path(point.block)}
        return all(block.id in around for block in self.module.conditions(binding.block))

    def _is_written(self, key: str) -> bool:
        """Whether the loop puts the answer into an object that outlives the iteration."""
        if key in self._slots.containers or key in self._written:
            return True
        owners = self.contents.owners
        return any(key in (written, owners.get(written)) for written, _ in self._answer_stores()) or self._is_made_longer(key)

    def _is_made_longer(self, key: str) -> bool:
        """Whether the answer decides what the loop adds to a list or set: `if "yes" in answer: found.append(name)`."""
        for fact in self.contents.calls_on.get(key, ()):
            func = fact.call.func
            if isinstance(func, ex.Attribute) and func.attr in ADDS and isinstance(func.value, (ex.Name, ex.Attribute)):
                if self._is_decided(fact.block, fact.order):
                    return True
        return False

    def _is_set_by_answer(self, key: str) -> bool:
        """Whether the answer decides what an attribute or item is that outlives the iteration: `if "abuse" in answer: self.mode = "strict"`."""
        root = key.partition(".")[0]
        if any(self.loop.first <= each.order < self.loop.last for each in self.module.bindings(self.scope, root)):
            return False
        return any(self._is_decided(store.block, store.order) for store in self.contents.stores_of.get(key, ()))

    def _is_chosen(self, binding: Binding) -> bool:
        """Whether the answer decides that a name gets a value: `if "second" in answer: best = name`."""
        return self._is_decided(binding.block, binding.order)

    def _is_decided(self, block: int, order: int) -> bool:
        """Whether a place behind the call is reached by tests of the answer."""
        return order > self.order and any(
            self.loop.first < test.order
            and self.is_answer(test.expression)
            and (test.order > self.order or self._holds_source(test.expression))
            for test in guards.tests_before(self.module, Point(self.scope, block, order))
        )


def _changed_by_method(module: ModuleIndex, scope: int, method: ex.Attribute) -> Iterator[str]:
    """The attributes of the same object to which a method of it adds, or which it sets: `self.messages` by `self.add_message(…)`."""
    root = ex.root_name(method)
    owner = module.method_of_self(scope, root) if root is not None else None
    members = module.members[owner.id].get(method.attr, ()) if owner is not None else ()
    for inner in (each.scope_id for each in members if each.kind == "def" and each.scope_id is not None):
        module.lower_scope(inner)
        targets = [store.target for store in module.stores_by_scope.get(inner)]
        for fact in module.calls_by_scope.get(inner):
            func = fact.call.func
            if isinstance(func, ex.Attribute) and func.attr in _ADDS:
                targets.append(func.value)
        yield from (key for key in map(key_of, targets) if key is not None and key.startswith(f"{root}."))


_EXITS: Memo[tuple[int, tuple[str, ...]], list[Exit]] = Memo()


def exits_of(module: ModuleIndex, loop: Block, kinds: tuple[str, ...]) -> list[Exit]:
    """The ways out of a loop: `return` anywhere in it, `break` that belongs to it and not to a loop inside."""
    return _EXITS.get(module, (loop.id, kinds), lambda: _find_exits(module, loop, kinds))


def _find_exits(module: ModuleIndex, loop: Block, kinds: tuple[str, ...]) -> list[Exit]:
    found = []
    for leave in module.exits_by_scope.get(loop.scope):
        if not (loop.first < leave.order < loop.last and leave.kind in kinds):
            continue
        if leave.kind in ("break", "continue"):
            nearest = next((block for block in module.loops(leave.block) if block.kind in ("for", "while")), None)
            if nearest is None or nearest.id != loop.id:
                continue
        found.append(leave)
    return found


_FLOWS: Memo[tuple[int, ex.Expr, int, int], LoopFlow] = Memo()


def flow_of(module: ModuleIndex, loop: Block, source: ex.Expr, order: int, scope: int) -> LoopFlow:
    """The flow of values through a loop, seen from one expression in it."""
    return _FLOWS.get(module, (loop.id, source, order, scope), lambda: LoopFlow(module, loop, source, order, scope))
