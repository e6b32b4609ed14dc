"""Second tries with another model: calls that a function makes only where the answer of an earlier, like call will not do."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.values.guards import are_written_alike, tests_before
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block, CallFact


def tried_before(module: ModuleIndex, at: int) -> Iterator[ex.Expr]:
    """What earlier calls pass in the place of the argument at an offset, which belongs to a second try: `answer = ask(SMALL, text)`, and
    `if not is_good(answer): answer = ask(LARGE, text)`. A test of the first answer leads to the second try, and both send the same text."""
    scope = module.enclosing.function(at)
    module.lower_scope(scope)
    calls = module.calls_by_scope.get(scope)
    for later in calls:
        slot = _slot(later.call, at)
        if slot is None:
            continue
        for earlier in calls:
            argument = _argument(earlier.call, slot) if earlier.order < later.order else None
            if argument is not None and _ask_alike(earlier.call, later.call, slot) and _depends_on_answer(module, earlier, later):
                yield argument.value


def _slot(call: ex.Call, at: int) -> str | int | None:
    """The keyword or position of the argument that is the name or constant at an offset."""
    for position, argument in enumerate(call.args):
        value = argument.value
        if value.start <= at < value.end and not argument.star and isinstance(value, (ex.Name, ex.Attribute, ex.Constant)):
            return argument.keyword or position
    return None


def _argument(call: ex.Call, slot: str | int) -> ex.Argument | None:
    return call.argument(slot) if isinstance(slot, str) else call.argument("", slot)


def _ask_alike(one: ex.Call, other: ex.Call, slot: str | int) -> bool:
    """Whether two calls go to one function with the same text; limits and the like may differ."""
    if (
        ex.dotted_name(one.func) is None
        or ex.dotted_name(one.func) != ex.dotted_name(other.func)
        or len(one.args) != len(other.args)
    ):
        return False
    has_text = False
    for position, argument in enumerate(other.args):
        at = argument.keyword or position
        match = _argument(one, at)
        if match is None or argument.star:
            return False
        if at == slot or (isinstance(argument.value, ex.Constant) and isinstance(match.value, ex.Constant)):
            continue
        if not are_written_alike(match.value, argument.value):
            return False
        has_text = True
    return has_text


def _depends_on_answer(module: ModuleIndex, earlier: CallFact, later: CallFact) -> bool:
    """Whether a test of what the earlier call answered, or an error from it, leads to the later one."""
    names: set[str] = set()

    def is_of_answer(expression: ex.Expr | None) -> bool:
        return expression is not None and any(
            node is earlier.call or (isinstance(node, ex.Name) and node.id in names) for node in ex.walk(expression)
        )

    for binding in module.bindings_by_scope.get(earlier.scope):
        if earlier.order <= binding.order < later.order and is_of_answer(binding.value):
            names.add(binding.name)
    point = Point(later.scope, later.block, later.order)
    if any(test.order > earlier.order and is_of_answer(test.expression) for test in tests_before(module, point)):
        return True
    used = [fact for fact in module.calls_by_scope.get(later.scope) if is_of_answer(fact.call)]
    handlers = [block for block in module.block_path(later.block) if block.kind == "except"]
    return any(module.is_inside(fact.block, tried.id) for tried in tried_by(module, handlers) for fact in used)


def tried_by(module: ModuleIndex, handlers: list[Block]) -> Iterator[Block]:
    """The bodies of `try` statements whose errors some handlers catch."""
    for handler in handlers:
        before = [
            block
            for block in module.blocks_of(handler.scope)
            if block.kind == "try" and block.parent == handler.parent and block.last <= handler.first
        ]
        yield from before[-1:]
