"""Changing a model's name where it is written."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from llmlint.callsite import Request
from llmlint.catalog import Catalog, Model, ModelRef
from llmlint.findings import Applicability, Edit, Fix
from llmlint.fixes.model_in_batches import built_by_hand
from llmlint.fixes.model_mentions import gates, labels, lookups
from llmlint.fixes.model_parameters import Unfit, fit_parameters, refused_sampling, takes_same
from llmlint.link.names.index import ModuleIndex
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.link.values.values import Unknown
from llmlint.providers import find_call_sites
from llmlint.request_data import ModelValue, Stability
from llmlint.scan import expressions as ex
from llmlint.source import Span

_MOST_FILES = 8
# Each of the calls looks at all others.
_MOST_SHARING = 200
_FITTED: Memo[tuple[object, ...], tuple[tuple[Edit, ...], tuple[str, ...]] | str] = Memo()
_REQUESTS: Memo[str, dict[Span, list[Request]]] = Memo()
# What the user's own choice is read from.
_OF_USER = frozenset({"os", "environ", "getenv", "env", "args", "options", "input", "click", "st", "config", "settings"})
_MOST_NAMED = 3
# How a default of a model gets into the source that somebody may override from outside.
_FOR_THE_USER = frozenset({"default", "env-default", "option-default", "attribute"})


def replace_model(
    call: Request,
    value: ModelValue,
    reference: ModelRef,
    target: Model,
    *,
    fits: Callable[[Request], bool] | None = None,
    notes: Iterable[str] = (),
) -> Fix | None:
    """A fix that writes the target in the spelling of the place; None where the name is not one plain string, and for text completions,
    which no current model takes.

    Parameters that the target refuses are changed with it, in all calls that have the name from the same place; where one of them
    cannot be, the fix is shown only. `fits`: whether the target, which was chosen for what this call does, is right for another call too; a
    name which other calls share is not changed unless it is for all of them. `notes` are for the title of the fix, which says all that it does.
    """
    spelling = reference.respell(target)
    code = call.source(value.at)
    if (
        spelling is None
        or spelling == value.spelling
        or "\n" in code
        or call.api.endswith(".completions")
        or not call.takes_fixes
    ):
        return None
    try:
        if literal_eval(code) != value.spelling:
            return None
    except (ValueError, SyntaxError):
        return None
    if code.count(value.spelling) != 1:
        return None
    named = Edit(value.at, code.replace(value.spelling, spelling))
    message = f"Use `{spelling}`"
    if tables := lookups(call, value, spelling):
        return Fix(Applicability.DISPLAY_ONLY, f"{message}; the old name is looked up, too: {', '.join(tables)}", (named,))
    if tests := gates(call, value, spelling):
        return Fix(Applicability.DISPLAY_ONLY, f"{message}{_of_gates(tests)}", (named,))
    try:
        others = _sharing(call, value)
    except Unfit as error:
        return Fix(Applicability.DISPLAY_ONLY, f"{message}{error}", (named,))
    # What another vendor's host serves is none of its models.
    others = [other for other in others if not other.is_other_vendor_host or call.is_other_vendor_host]
    elsewhere = [other for other in others if other.is_third_party_host is not call.is_third_party_host]
    if elsewhere:
        return Fix(
            Applicability.DISPLAY_ONLY, f"{message} (the name is that of {_calls(elsewhere)} to another host too)", (named,)
        )
    unlike = [other for other in others if fits is not None and not fits(other)]
    if unlike:
        return Fix(Applicability.DISPLAY_ONLY, f"{message} (the name is that of {_calls(unlike)} too)", (named,))
    if not takes_same(reference.model, target) and (batches := _in_batches(call, value)):
        return Fix(
            Applicability.DISPLAY_ONLY,
            f"{message}; a batch may have requests with this model, whose parameters have to fit it, too: {', '.join(batches)}",
            (named,),
        )
    said = dict.fromkeys(notes)
    edits: dict[Edit, None] = {named: None}
    key = (call.span, value.at, value.spelling, reference.model.id, target.id, reference.platform)
    fitted = _FITTED.get(call.program, key, partial(_fit_all, call, value, reference, target, others))
    if isinstance(fitted, str):
        return Fix(Applicability.DISPLAY_ONLY, f"{message}{fitted}", (named,))
    edits |= dict.fromkeys(fitted[0])
    said |= dict.fromkeys(fitted[1])
    for edit, note in labels(call, value, reference.model, target):
        edits |= dict.fromkeys([edit] if edit is not None else [])
        said[note] = None
    if others:
        said[f"also for {_calls(others)}"] = None
    return Fix(Applicability.UNSAFE, ", ".join([message, *said]), tuple(edits))


def advice(call: Request, value: ModelValue, reference: ModelRef, target: Model) -> str:
    """What else has to change with a model, for those who change it by hand, where no fix is offered: to be put behind its name."""
    spelling = reference.respell(target) or target.id
    if tests := gates(call, value, spelling):
        return _of_gates(tests)
    if call.provider != "http":
        return refused_sampling(call, target)
    if call.fields.is_open:
        return ""
    try:
        notes = fit_parameters(call, reference.model, target, reference.platform).notes
    except Unfit as error:
        return str(error)
    return "".join(f", {note}" for note in notes)


def _of_gates(tests: Sequence[str]) -> str:
    return f"; a test of the name comes out otherwise then: {', '.join(tests)}"


def _fit_all(
    call: Request, value: ModelValue, reference: ModelRef, target: Model, others: Sequence[Request]
) -> tuple[tuple[Edit, ...], tuple[str, ...]] | str:
    """What is to be changed about all calls that have a model, and what to say of it; or why that cannot be. It is the same for all requests
    of a call site."""
    edits: dict[Edit, None] = {}
    notes: dict[str, None] = {}
    alike = [each for each in call.siblings() if each.span == call.span and _has(each, value)] or [call]
    try:
        for each in (*alike, *others):
            fitted = fit_parameters(each, reference.model, target, reference.platform)
            if fitted.edits and (places := _unknown_models(each, value)):
                raise Unfit(f"; the call may get a model that is not known, which may refuse these parameters: {places}")
            if fitted.edits and not _is_alone(each, value, target, is_quiet=fitted.is_quiet):
                raise Unfit("; other models of a call take parameters that it refuses")
            edits |= dict.fromkeys(fitted.edits)
            notes |= dict.fromkeys(fitted.notes)
    except Unfit as error:
        return str(error)
    return tuple(edits), tuple(notes)


def _has(request: Request, value: ModelValue) -> bool:
    return any(model.at == value.at for model in request.models)


def _is_alone(call: Request, value: ModelValue, target: Model, *, is_quiet: bool) -> bool:
    """Whether all other models that a call can have, as far as the source tells, are of the target's kind, or for the user to name.

    Where the edits turn thinking off (`is_quiet`), there must be no other: it may be there for its thinking.
    """
    catalog = Catalog.bundled()
    models = {model: None for request in (call, *call.siblings()) for model in request.models}
    others = [other for other in models if other.at != value.at]
    found = [catalog.find(other.spelling) for other in others]
    if any(is_quiet or reference is None or not takes_same(reference.model, target) for reference in found):
        return False
    return all(own.is_only or own.source in _FOR_THE_USER for own in models if own.at == value.at)


def _unknown_models(call: Request, value: ModelValue) -> str:
    """Where the program itself picks other models of a call, which the source does not tell: an item of a table, a call's result, the variable of a
    loop. A variable of the environment, an option or a parameter is for the user to name."""
    values = [each for request in (call, *call.siblings()) for each in request.values("model") if isinstance(each, Unknown)]
    found = {each.at for each in values if _is_picked(each) and not _holds(each.at, value.at)}
    places = sorted((at.path, call.program.source(at.path).location(at.start).line) for at in found)
    return ", ".join(f"{path}:{line}" for path, line in dict.fromkeys(places[:_MOST_NAMED]))


def _is_picked(unknown: Unknown) -> bool:
    code = unknown.expression
    if code is None:  # The variable of a loop.
        return unknown.stability is Stability.VARYING
    parts = list(ex.walk(code))
    if any(isinstance(part, ex.Name) and part.id in _OF_USER for part in parts):
        return False
    is_varying = isinstance(code, ex.Attribute) and unknown.stability is Stability.VARYING
    return is_varying or any(isinstance(part, (ex.Subscript, ex.Call)) for part in parts)


def _holds(span: Span, inner: Span) -> bool:
    return span.path == inner.path and span.start <= inner.start and inner.end <= span.end


def _calls(requests: Iterable[Request]) -> str:
    """How many places in the source make the requests."""
    number = len({request.span for request in requests})
    return "another call" if number == 1 else f"{number} other calls"


def _sharing(call: Request, value: ModelValue) -> list[Request]:
    """The other calls, in the files that can use the name, whose model is written at the same place. Raises `Unfit` where they are many."""
    if value.at.path == call.span.path and call.span.start <= value.at.start < call.span.end:
        return []
    program = call.program
    home = program.module(value.at.path)
    if home is None:
        return []
    paths = {call.span.path: None, home.path: None}
    for name in _names_at(home, value.at.start):
        paths |= dict.fromkeys(module.path for module in program.modules_naming(name, home))
    found = []
    for path in list(paths)[:_MOST_FILES]:
        by_place = _REQUESTS.get(program, path, partial(_by_place_of_model, program, path))
        same = by_place.get(value.at, ())
        if len(same) > _MOST_SHARING:
            raise Unfit(" (the name is that of many other calls too)")
        found += [request for request in same if request.span != call.span]
    return found


def _in_batches(call: Request, value: ModelValue) -> list[str]:
    """The places of requests that a batch sends, and no call, whose model may be written at the same place."""
    if value.at.path == call.span.path and call.span.start <= value.at.start < call.span.end:
        return []
    home = call.program.module(value.at.path)
    names = _names_at(home, value.at.start) if home is not None else []
    near = {call.span.path, value.at.path, *(step.span.path for step in call.steps)}
    if home is not None:
        near |= {module.path for name in names for module in call.program.modules_naming(name, home)}
    return built_by_hand(call, names, near)


def _by_place_of_model(program: Program, path: str) -> dict[Span, list[Request]]:
    """The requests of a file, by the places where their models are written."""
    found: dict[Span, list[Request]] = {}
    for site in find_call_sites(program, path):
        for request in site.requests:
            for at in dict.fromkeys(model.at for model in request.models):
                found.setdefault(at, []).append(request)
    return found


def _names_at(home: ModuleIndex, start: int) -> list[str]:
    """The names of a module that are bound to what holds a place: a constant, a class, a function."""
    around = [
        each.name for each in home.facts.bindings if each.value and each.scope == 0 and each.value.start <= start < each.value.end
    ]
    return around + [scope.name for scope in home.scopes if scope.parent == 0 and scope.start <= start < scope.end]
