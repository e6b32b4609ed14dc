"""Whether a program has a way of its own to send the calls of a fan-out as a batch, beside the one that makes them one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.calls.runners import tail_of
from llmlint.link.names.effects import LEAVES
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import key_of
from llmlint.link.program.memo import Memo
from llmlint.link.program.tests import is_test_file
from llmlint.link.repeats.limits import scope_around
from llmlint.request_data import FanOut
from llmlint.scan import expressions as ex
from llmlint.scan.facts import CallFact
from llmlint.source import Span

_BRANCHES = frozenset({"if", "else", "case"})
# Functions that make a request or its prompt.
_BUILDERS = re.compile(r"(?i)prompt|messages|params|request|payload|body|system")
# Names that calls of any two functions have in common.
_COMMON = frozenset(
    {"self", "cls", "args", "opts", "options", "config", "cfg", "settings", "client", "model", "logger", "parser"}
)
# Keys of a line of a file for OpenAI's Batch API, and what is called with such a line.
_LINE = frozenset({"custom_id", "url", "body"})
_WRITES = ("append", "dumps", "write")
_SAYS_SO = re.compile(r"(?i)batch|bulk")
_SENDERS: Memo[None, frozenset[int]] = Memo()
# So many calls lie between what chooses and the fan-out, or what sends the batch.
_MOST_STEPS = 3


def has_batch_path(evaluator: Evaluator, spans: list[Span], fan_out: FanOut) -> bool:
    """Whether the calls of a fan-out may be sent as a batch, too: the function around it does so where it is asked to, a function that sends
    batches makes its requests with the same helper, or some function chooses between the two ways. `spans` are the calls between."""
    module = evaluator.program.module(fan_out.at.path)
    if module is None:
        return False
    scope = scope_around(module, fan_out.at)
    senders = _senders(module)
    names = {module.scopes[each].name for each in senders if each}
    if scope and (scope in senders or any(tail_of(fact.call) in names for fact in module.calls_by_scope.get(scope) if names)):
        return True
    return _shares_builder(module, scope, senders, spans) or _is_chosen(evaluator, module, scope, fan_out)


def _senders(module: ModuleIndex) -> frozenset[int]:
    return _SENDERS.get(module, None, partial(_find_senders, module))


def _find_senders(module: ModuleIndex) -> frozenset[int]:
    senders = {fact.scope for fact in module.calls_by_tail.get("create") if _sends_batch(fact.call)}
    senders |= {holder.scope for holder, display in module.displays_having("custom_id") if _is_line_of_batch(display)}
    senders |= {leave.scope for leave in module.named_facts.exits if leave.value is not None and _is_line_of_batch(leave.value)}
    written = (fact for tail in _WRITES for fact in module.calls_by_tail.get(tail))
    return frozenset(senders | {fact.scope for fact in written for each in fact.call.args if _is_line_of_batch(each.value)})


def _sends_batch(call: ex.Call) -> bool:
    """`client.batches.create(…)`, `client.messages.batches.create(…)`."""
    return isinstance(call.func, ex.Attribute) and ex.last_name(call.func.value) == "batches"


def _is_line_of_batch(value: ex.Expr) -> bool:
    """Whether a dict is a line of a file that somebody uploads to OpenAI's Batch API: `{"custom_id": "7", "url": "/v1/responses", "body": {…}}`."""
    return isinstance(value, ex.Mapping) and {key.value for key, _ in value.items if isinstance(key, ex.Constant)} >= _LINE


def _shares_builder(module: ModuleIndex, scope: int, senders: frozenset[int], spans: list[Span]) -> bool:
    """Whether a function that sends batches calls the same helper for its requests as one on the way from a fan-out to its call."""
    if not senders:
        return False
    around = {scope, *(scope_around(module, span) for span in spans if span.path == module.path)}
    helpers = {each.name for each in module.scopes if each.kind == "function" and _BUILDERS.search(each.name)}
    used = {tail_of(fact.call) for each in around for fact in module.calls_by_scope.get(each)}
    return any(tail_of(fact.call) in helpers & used for each in senders for fact in module.calls_by_scope.get(each))


def _is_chosen(evaluator: Evaluator, module: ModuleIndex, scope: int, fan_out: FanOut) -> bool:
    """Whether a function that leads to a fan-out calls it in one branch, and in another one what sends a batch; or its own function leaves ahead of
    it behind a call of what sends one."""
    program = evaluator.program
    paths = program.files_holding((b"batches.create",), module)
    others = [each for each in map(program.module, paths) if each is not None and not is_test_file(program, each)]
    names = {name for each in others for name in _names_of_senders(each)}
    if not names:
        return False
    inside = min(
        (each for each in module.calls_by_scope.get(scope) if each.call.start >= fan_out.at.start), key=_start, default=None
    )
    batches = [each for each in _calls_of(module, scope, names) if _SAYS_SO.search(tail_of(each.call))]
    if inside is not None and any(_excludes(module, inside, each) for each in batches):
        return True
    level, seen = [(module, scope)], {(module.path, scope)}
    for _ in range(_MOST_STEPS):
        following: list[tuple[ModuleIndex, int]] = []
        for here, at in level:
            for use in evaluator.callers.uses(here, at) if at else ():
                batches = _calls_of(use.module, use.fact.scope, names)
                if any(_share_items(use.fact, fact) and _excludes(use.module, use.fact, fact) for fact in batches):
                    return True
                if (use.module.path, use.fact.scope) not in seen:
                    seen.add((use.module.path, use.fact.scope))
                    following.append((use.module, use.fact.scope))
        level = following
    return False


def _start(fact: CallFact) -> int:
    return fact.call.start


def _calls_of(module: ModuleIndex, scope: int, names: set[str]) -> list[CallFact]:
    """The calls of a function that lead to one of some functions, at once or by another function of its file."""
    helpers = {module.scopes[fact.scope].name for name in names for fact in module.calls_by_tail.get(name) if fact.scope != scope}
    known = names | {name for name in helpers if _SAYS_SO.search(name)}
    return [fact for fact in module.calls_by_scope.get(scope) if tail_of(fact.call) in known]


def _names_of_senders(module: ModuleIndex) -> Iterator[str]:
    """The functions of a file that send batches, and those that call them there."""
    names = {module.scopes[each].name for each in _senders(module) if each}
    yield from names
    for name in names:
        for fact in module.calls_by_tail.get(name):
            if fact.scope and module.scopes[fact.scope].kind == "function" and module.scopes[fact.scope].name != "main":
                yield module.scopes[fact.scope].name


def _share_items(one: CallFact, other: CallFact) -> bool:
    """Whether two calls are given the same thing."""
    first, second = ({key for argument in fact.call.args if (key := key_of(argument.value)) is not None} for fact in (one, other))
    return any(key.partition(".")[0] not in _COMMON or "." in key for key in first & second)


def _excludes(module: ModuleIndex, one: CallFact, other: CallFact) -> bool:
    """Whether of two calls of a function only one is made: they stand in branches of one statement, or one in a branch that returns."""
    first = {block.id: block for block in module.block_path(one.block)}
    second = {block.id: block for block in module.block_path(other.block)}
    apart = [each for each in (*first.values(), *second.values()) if (each.id in first) != (each.id in second)]
    branches = [each for each in apart if each.kind in _BRANCHES]
    groups = {each.group for each in branches if each.id in first} & {each.group for each in branches if each.id in second}
    if groups:
        return True
    return any(leave.kind in LEAVES for each in branches for leave in module.exits_by_block.get(each.id))
