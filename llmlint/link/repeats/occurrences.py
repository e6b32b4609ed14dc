"""Where a call site is called, with what its request is made from: the prompt, and what only says where it goes."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from llmlint.findings import Related
from llmlint.link.calls import runners
from llmlint.link.calls.arguments import CallArguments
from llmlint.link.calls.uses import Use, uses_of_partial
from llmlint.link.flow.state import State, kept_state
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import key_of
from llmlint.link.values.binding import bind
from llmlint.link.values.place import Place
from llmlint.link.values.values import Class, Function, Object
from llmlint.request_data import FanOut, FanOutKind
from llmlint.scan import expressions as ex
from llmlint.sdks import arguments_for
from llmlint.sdks.shape import OUTPUT_LIMITS
from llmlint.source import Span

# Arguments beside the model that say where a request goes or how it is answered, not what it says.
_ASIDE = frozenset(
    {
        "api_key",
        "api_base",
        "base_url",
        "api_version",
        "organization",
        "custom_llm_provider",
        "timeout",
        "reasoning_effort",
        "reasoning",
        "thinking",
        "verbosity",
    }
)
# Arguments that say how to answer: where they are attributes of the object at hand, they are part of its configuration.
_SETTINGS = frozenset({"temperature", *OUTPUT_LIMITS, "top_p", "top_k", "seed", "stop"})


@dataclass(frozen=True, slots=True)
class Closure:
    """Names of a function that a lambda or inner function of it sends."""

    module: ModuleIndex
    scope: int
    sent: tuple[ex.Expr, ...]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A call that is, or leads to, an LLM call. `sent` are the expressions that reach the prompt, `aside` those that only reach the model,
    the client or its key; `state` is what the calls below it keep from one call to the next; `runner` says how it is run where something
    else runs it; `chain` are the callers so far. `small` is the loop over few items that was passed on the way: it counts where there is
    none around it. `reads_self`: a method of the object at hand makes the prompt from that object. `closure`: what a lambda or inner
    function on the way sends of the function around it, which is further up where something else calls it (`retry(lambda: send(text))`).
    `flags` are true where the call is made. `functions` are the names of those that lead from here to the LLM call."""

    module: ModuleIndex
    expression: ex.Expr
    scope: int
    block: int
    order: int
    sent: tuple[ex.Expr, ...]
    state: State
    runner: FanOutKind | None = None
    is_certain: bool = True
    chain: tuple[Related, ...] = ()
    small: FanOut | None = None
    aside: tuple[ex.Expr, ...] = ()
    reads_self: bool = False
    closure: Closure | None = None
    flags: tuple[ex.Expr, ...] = ()
    functions: frozenset[str] = frozenset()

    def span(self, start: int, end: int) -> Span:
        return Span(self.module.path, start, end)


def occurrences(site: ex.Expr, place: Place, arguments: CallArguments) -> list[Occurrence]:
    """Where a call site is called: in its own place, or at the calls of a `partial` that it was passed to."""
    module, point = place.module, place.point
    written = [(name, each.value) for name, each in arguments.written.items()]
    written += [part for splat in arguments.splats for part in parts_of(splat.value, site, place)]
    given = [(value, _is_aside(name, value)) for name, value in written]
    sent = tuple(value for value, is_aside in given if not is_aside)
    aside = (*(value for value, is_aside in given if is_aside), *_client_of(site))
    state = kept_state(module, point.scope, point.order, sent, site)
    here = Occurrence(module, site, point.scope, point.block, point.order, sent, state, aside=aside)
    return _of_partial(here) or [here]


def parts_of(splat: ex.Expr, site: ex.Expr, place: Place) -> list[tuple[str, ex.Expr]]:
    """The arguments in a dict that a call is passed: each by itself where one statement makes the dict and others only set items of it."""
    module, scope = place.module, place.point.scope
    whole = [("", splat)]
    if not isinstance(splat, ex.Name):
        return whole
    bindings = module.bindings(scope, splat.id)
    taking = (fact for fact in module.calls_taking.get((scope, splat.id)) if fact.call is not site)
    if len(bindings) != 1 or module.calls_by_root.get((scope, splat.id)) or any(taking):
        return whole
    if bindings[0].kind != "assign" or bindings[0].path or not isinstance(bindings[0].value, ex.Mapping):
        return whole
    items: list[tuple[ex.Expr | None, ex.Expr | None]] = list(bindings[0].value.items)
    for store in module.stores_by_root.get((scope, splat.id)):
        target = store.target
        is_item = isinstance(target, ex.Subscript) and isinstance(target.value, ex.Name)
        items.append((target.index if isinstance(target, ex.Subscript) and is_item and not store.operator else None, store.value))
    found = [
        (key.value, value)
        for key, value in items
        if isinstance(key, ex.Constant) and isinstance(key.value, str) and value is not None
    ]
    return found if len(found) == len(items) else whole


def given_to(module: ModuleIndex, scope: int, use: Use) -> list[tuple[str | None, ex.Expr]]:
    """The arguments of a use with the parameters that they go to; None for those that cannot be matched."""
    parent = module.scopes[scope].parent
    is_method = parent is not None and module.scopes[parent].kind == "class"
    receiver = Object(Class(module, parent), None, None) if is_method and parent is not None else None
    return [(bound.name, bound.argument.value) for bound in bind(Function(module, scope, receiver), use.given)]


def _is_aside(name: str, value: ex.Expr) -> bool:
    """Whether an argument has nothing to do with the prompt: where it goes, or a setting that an object keeps."""
    return name in _ASIDE or name in arguments_for("model") or (name in _SETTINGS and (key_of(value) or "").startswith("self."))


def _client_of(site: ex.Expr) -> tuple[ex.Expr, ...]:
    func = site.func if isinstance(site, ex.Call) else site
    return (func.value,) if isinstance(func, ex.Attribute) else ()


def _of_partial(here: Occurrence) -> list[Occurrence]:
    """The calls of `ask = partial(client.messages.create, …)`, where that is what a call site is."""
    module = here.module
    outer = module.outer_call.get(here.expression)
    if outer is None or isinstance(here.expression, ex.Call):
        return []
    handed = next((index for index, argument in enumerate(outer.args) if argument.value is here.expression), None)
    uses = uses_of_partial(Use(module, module.fact_of_call[outer], handed, True))
    return [
        dataclasses.replace(
            here,
            expression=use.fact.call,
            scope=use.fact.scope,
            block=use.fact.block,
            order=use.fact.order,
            sent=tuple(argument.value for argument in use.given),
            runner=None if use.argument is None else runners.CONCURRENT.get(runners.tail_of(use.fact.call)),
        )
        for use in uses
    ]
