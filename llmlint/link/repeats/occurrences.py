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
        # Of requests that are posted.
        "url",
        "headers",
        "auth",
        "proxies",
        "verify",
    }
)
# Arguments that say how to answer: where they are attributes of the object at hand, they are part of its configuration.
_SETTINGS = frozenset({"temperature", *OUTPUT_LIMITS, "top_p", "top_k", "seed", "stop"})

_TO_JSON = "dumps"


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
    written: list[tuple[str, ex.Expr]] = []
    for name, each in arguments.written.items():
        parts = parts_of(each.value, site, place) if name in arguments_for("inside") else [("", each.value)]
        written += [(part or name, value) for part, value in parts]
    written += [part for splat in arguments.splats for part in parts_of(splat.value, site, place)]
    given = [(value, _is_aside(name, value)) for name, value in written]
    sent = tuple(value for value, is_aside in given if not is_aside)
    aside = (*(value for value, is_aside in given if is_aside), *_client_of(site))
    state = kept_state(module, point.scope, point.order, sent, site)
    here = Occurrence(module, site, point.scope, point.block, point.order, sent, state, aside=aside)
    return _of_partial(here) or [here]


def parts_of(given: ex.Expr, site: ex.Expr, place: Place) -> list[tuple[str, ex.Expr]]:
    """The arguments in a dict that a call is passed: each by itself where one statement makes the dict and others only set items of it."""
    items = _items_of(given, site, place)
    found = [
        (key.value, value)
        for key, value in items
        if isinstance(key, ex.Constant) and isinstance(key.value, str) and value is not None
    ]
    return found if found and len(found) == len(items) else [("", given)]


def _items_of(
    given: ex.Expr, site: ex.Expr, place: Place, *, is_json: bool = False
) -> list[tuple[ex.Expr | None, ex.Expr | None]]:
    """What a dict is made of: a display, or a name of the function that has one, either of them as JSON, too. Empty for anything else. `is_json`:
    it is what a name for JSON was made from."""
    module, scope = place.module, place.point.scope
    given = _before_json(given)
    if isinstance(given, ex.Mapping):
        return list(given.items)
    bindings = module.bindings(scope, given.id) if isinstance(given, ex.Name) else ()
    if not isinstance(given, ex.Name) or len(bindings) != 1 or bindings[0].kind != "assign" or bindings[0].path:
        return []
    value = _before_json(bindings[0].value) if bindings[0].value is not None else None
    if value is not None and value is not bindings[0].value:
        return [] if is_json else _items_of(value, site, place, is_json=True)
    taking = (fact for fact in module.calls_taking.get((scope, given.id)) if fact.call is not site)
    is_changed = module.calls_by_root.get((scope, given.id)) or any(runners.tail_of(fact.call) != _TO_JSON for fact in taking)
    if is_changed or not isinstance(value, ex.Mapping):
        return []
    items: list[tuple[ex.Expr | None, ex.Expr | None]] = list(value.items)
    for store in module.stores_by_root.get((scope, given.id)):
        target = store.target
        is_item = isinstance(target, ex.Subscript) and isinstance(target.value, ex.Name)
        items.append((target.index if isinstance(target, ex.Subscript) and is_item and not store.operator else None, store.value))
    return items


def _before_json(given: ex.Expr) -> ex.Expr:
    """What is sent as JSON: `json.dumps(body).encode()` sends the body."""
    while isinstance(given, ex.Call) and isinstance(given.func, ex.Attribute):
        func = given.func
        if func.attr == "encode":
            given = func.value
        elif func.attr == _TO_JSON and given.args:
            given = given.args[0].value
        else:
            break
    return given


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
