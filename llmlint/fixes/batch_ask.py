"""What a loop asks with each item: a call of `messages.create` itself, or of a function of the same file that makes one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import libcst as cst

from llmlint.callsite import Request
from llmlint.findings import Edit
from llmlint.fixes.batch_effects import Effects, effects_of
from llmlint.fixes.batch_layout import Code
from llmlint.fixes.batch_request import plain_paths, read_call
from llmlint.fixes.batch_tree import Tree


@dataclass(frozen=True, slots=True)
class Ask:
    """One question of a loop.

    `node` is the call in the loop, and `answer` that with the `await` around it. `client` and `request` are code for the
    place of the loop. `result` turns the name of a message into what `answer` stood for; `is_message` if that is the message itself.
    `told` are the expressions of the caller that `result` repeats. `early` and `late` are the effects of making the request and of
    reading the answer; `plain` as in `batch_effects.Names`. `edits` change the function that was called.
    """

    node: cst.Call
    answer: cst.BaseExpression
    client: str
    client_names: frozenset[str]
    is_async: bool
    request: Code
    result: Callable[[str], str]
    is_message: bool
    early: Effects
    late: Effects
    plain: frozenset[str]
    told: tuple[cst.BaseExpression, ...] = ()
    edits: tuple[Edit, ...] = ()


def same(name: str) -> str:
    return name


def direct(tree: Tree, call: Request, *, is_awaited: bool | None = None) -> Ask | None:
    """A call of `messages.create` in the loop. `is_awaited` where it need not have an `await` of its own (`gather`)."""
    found = read_call(tree, call)
    if found is None:
        return None
    is_async = found.is_awaited if is_awaited is None else is_awaited
    if not client_fits(call, is_async):
        return None
    values = [argument.value for argument in found.node.args]
    return Ask(
        found.node,
        found.answer if is_awaited is None else found.node,
        tree.code(found.client),
        frozenset(tree.name_set([found.client])),
        is_async,
        found.request,
        same,
        True,
        effects_of(tree, values),
        Effects(),
        plain_paths(found.node.args),
    )


def from_method(tree: Tree, method: tuple[cst.Call, cst.BaseExpression, Code]) -> Ask:
    """The client's method handed to a runner with its arguments: `pool.submit(client.messages.create, model=…)`."""
    runner, client, request = method
    names = frozenset(tree.name_set([client]))
    early = effects_of(tree, [argument.value for argument in runner.args[1:]])
    return Ask(runner, runner, tree.code(client), names, False, request, same, True, early, Effects(), plain_paths(runner.args))


def client_fits(call: Request, is_async: bool) -> bool:
    """Whether a client of its class answers like that: only async clients are awaited."""
    if call.client is None:
        return True
    return call.client.rpartition(".")[2].startswith("Async") == is_async
