"""From an occurrence to the use of the function around it: what the caller sends, what it keeps, and what runs it."""

from __future__ import annotations

from typing import TypeAlias

from llmlint.link.calls import awaiting, runners
from llmlint.link.calls.call_paths import Hop
from llmlint.link.calls.provenance import name_of, through
from llmlint.link.calls.uses import Use
from llmlint.link.flow.state import (
    State,
    home_of,
    is_shared_default,
    kept_state,
    read_from_around,
    read_from_outside,
    read_keys,
    relevant_parameters,
)
from llmlint.link.names.effects import LEAVES
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import key_of, keys_in
from llmlint.link.program.memo import Memo
from llmlint.link.repeats import chosen
from llmlint.link.repeats.occurrences import Closure, Occurrence, given_to
from llmlint.request_data import FanOutKind
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block, Scope

Given: TypeAlias = "list[tuple[str | None, ex.Expr]]"
"""Arguments of a use with their parameters, as `given_to` has them."""

# What decides whether a call is made at all.
_BRANCHES = frozenset({"if", "else", "case"})
_LEAVING: Memo[tuple[int, int], dict[int | None, list[Block]]] = Memo()


def caller_of(below: Occurrence, hop: Hop) -> Occurrence | None:
    """The use of the function around an occurrence, as an occurrence of its own; None where nothing in sight runs it there."""
    use, call, fact = hop.use, hop.use.fact.call, hop.use.fact
    if use.argument is not None and hop.is_unseen:
        return None
    scope = below.module.scopes[below.scope]
    given = given_to(below.module, hop.target.scope, use)
    sent, aside = _passed(below, hop, given)
    needed = chosen.needed_flags(below) if below.scope == hop.target.scope else ()
    receiver = call.func.value if use.argument is None and isinstance(call.func, ex.Attribute) else None
    reads_self = below.reads_self or _reads_self(below)
    if receiver is not None and not reads_self and scope.kind == "function" and _is_method(below.module, scope):
        aside = (*aside, receiver)
    kept = _kept_for(below, use, receiver, given)
    if scope.kind == "lambda" and use.argument is not None and not sent:
        sent = list(below.sent)
    closure = _closure(below, hop)
    if closure is not None and closure.module is use.module and closure.scope == fact.scope:
        sent, closure = [*sent, *closure.sent], None
    elif closure is not None and closure is below.closure and not _passes_on(use):
        return None  # Another caller, which passes something else.
    own = kept_state(use.module, fact.scope, fact.order, sent, call)
    is_own = receiver is None or ex.root_name(receiver) in ("self", "cls")
    return Occurrence(
        use.module,
        call,
        fact.scope,
        fact.block,
        fact.order,
        tuple(sent),
        State(own.keys | kept.keys, own.is_global or kept.is_global),
        runner=below.runner or _runner_of(use, scope),
        is_certain=below.is_certain and use.is_certain,
        chain=below.chain if scope.kind == "lambda" else (*below.chain, through(name_of(below.module, below.scope, use), hop.at)),
        small=below.small,
        aside=aside,
        reads_self=reads_self and is_own,
        closure=closure,
        flags=tuple(value for parameter, value in given if parameter in needed),
        functions=below.functions | {scope.name} if scope.kind == "function" else below.functions,
    )


def _passed(below: Occurrence, hop: Hop, given: Given) -> tuple[list[ex.Expr], tuple[ex.Expr, ...]]:
    """What of a use reaches the prompt, and what only the rest of the call."""
    use = hop.use
    if below.scope != hop.target.scope:
        return [value for _, value in given], ()
    parameters = relevant_parameters(below.module, below.scope, below.sent, below.order)
    sent = [value for parameter, value in given if parameter is None or parameter in parameters]
    if use.module is below.module:
        sent += read_from_outside(below.module, below.scope, below.sent, below.order, use.fact)
    others = (relevant_parameters(below.module, below.scope, below.aside, below.order) | _tested(below)) - parameters
    return sent, tuple(value for parameter, value in given if parameter in others)


def _kept_for(below: Occurrence, use: Use, receiver: ex.Expr | None, given: Given) -> State:
    """What the calls below keep, by the names that the caller has for it."""
    keys: set[str] = set()
    is_global = below.state.is_global
    for key in below.state.keys:
        root = key.split(".")[0]
        if root in ("self", "cls"):
            owner = None if receiver is None else key_of(receiver)
            if owner is not None and not _is_reset(use, owner, key.partition(".")[2]):
                keys.add(owner)
        elif below.module.parameter(below.scope, root) is not None:
            keys |= {found for parameter, value in given if parameter == root and (found := key_of(value)) is not None}
            is_global = is_global or is_shared_default(below.module, below.scope, root, given)
        elif use.module is below.module and home_of(below.module, below.scope, root) == use.fact.scope:
            keys.add(key)
    return State(frozenset(keys), is_global or any(_is_of_module(use, key) for key in keys))


def _runner_of(use: Use, scope: Scope) -> FanOutKind | None:
    """What runs a function beside others where it is passed to something, or is a task of a queue."""
    call = use.fact.call
    if use.argument is not None:
        is_beside_others = not awaiting.is_awaited_at_once(use.module, call)
    else:
        is_beside_others = runners.is_of_task(call, scope.name, runners.REMOTE)
    return runners.CONCURRENT.get(runners.tail_of(call)) if is_beside_others else None


def _is_of_module(use: Use, key: str) -> bool:
    """Whether what a function passes on is the module's own, and it does not empty that first."""
    module, fact, root = use.module, use.fact, key.partition(".")[0]
    if not fact.scope or home_of(module, fact.scope, root) != 0:
        return False
    facts = module.calls_by_root.get((fact.scope, root))
    return not any(each.order < fact.order and ex.last_name(each.call.func) == "clear" for each in facts)


def _closure(below: Occurrence, hop: Hop) -> Closure | None:
    """What a lambda or inner function sends of the function around it, if it is called elsewhere."""
    module, scope = below.module, below.module.scopes[below.scope]
    outer = scope.parent
    if (
        below.scope != hop.target.scope
        or outer is None
        or module.scopes[outer].kind != "function"
        or hop.use.argument is not None
    ):
        return below.closure
    use = hop.use
    function, is_here = use.function, use.module is module and use.fact.scope == outer
    if is_here or not isinstance(function, ex.Name) or use.module.parameter(use.fact.scope, function.id) is None:
        return below.closure
    sent = read_from_around(module, below.scope, below.sent, below.order, use.fact)
    return Closure(module, outer, tuple(sent)) if sent else below.closure


def _passes_on(use: Use) -> bool:
    """Whether a call passes on what its own function is passed: `def retry(send): return in_time(send)`."""
    given = (node for argument in use.fact.call.args for node in ex.walk(argument.value))
    return any(isinstance(node, ex.Name) and use.module.parameter(use.fact.scope, node.id) is not None for node in given)


def _is_method(module: ModuleIndex, scope: Scope) -> bool:
    return scope.parent is not None and module.scopes[scope.parent].kind == "class"


def _reads_self(here: Occurrence) -> bool:
    """Whether a method makes what it sends from its object."""
    keys = read_keys(here.module, here.scope, here.sent, here.order)
    return any(key.partition(".")[0] in ("self", "cls") for key in keys)


def _tested(here: Occurrence) -> set[str]:
    """The names in the tests that decide whether a call is made: those of branches around it, and of branches before it that return."""
    module = here.module
    around = {block.id: block for block in module.block_path(here.block)}
    groups = {block.group for block in around.values() if block.kind in _BRANCHES}
    leaving = _LEAVING.get(module, (len(module.blocks), len(module.named_facts.exits)), lambda: _leaving_branches(module))
    groups |= {block.group for parent in around for block in leaving.get(parent, ()) if block.last < here.order}
    heads = [branch.head for group in groups for branch in module.branches[group] if branch.head is not None]
    return {key for head in heads for key in keys_in(module, head)}


def _leaving_branches(module: ModuleIndex) -> dict[int | None, list[Block]]:
    """The branches that return or raise, by the block around them."""
    found: dict[int | None, list[Block]] = {}
    for block in module.blocks:
        if block.kind in _BRANCHES:
            if any(leave.kind in LEAVES for leave in module.exits_by_block.get(block.id)):
                found.setdefault(block.parent, []).append(block)
    return found


def _is_reset(use: Use, owner: str, attribute: str) -> bool:
    """Whether each iteration of the loop around a use starts an object's state anew: `agent.history = []`, `agent.reset()`."""
    module, fact = use.module, use.fact
    loop = next(iter(module.loops(fact.block)), None)
    if loop is None:
        return False
    root = owner.split(".")[0]
    for store in module.stores_by_root.get((fact.scope, root)):
        is_whole = isinstance(store.target, ex.Attribute) and store.target.attr == attribute and not store.operator
        if is_whole and loop.first < store.order < fact.order:
            return True
    return any(
        loop.first < each.order < fact.order
        and isinstance(each.call.func, ex.Attribute)
        and key_of(each.call.func.value) == owner
        and each.call.func.attr.startswith(("reset", "clear"))
        for each in module.calls_by_root.get((fact.scope, root))
    )
