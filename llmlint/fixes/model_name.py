"""Changing a model's name where it is written."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from llmlint.callsite import Request
from llmlint.catalog import Catalog, Model, ModelRef
from llmlint.findings import Applicability, Edit, Fix
from llmlint.fixes.model_in_batches import built_by_hand
from llmlint.fixes.model_labels import prices_of, records_of
from llmlint.fixes.model_mentions import gates, labels, lookups
from llmlint.fixes.model_parameters import Fit, Unfit, fit_parameters, refused_sampling, takes_same
from llmlint.fixes.model_sharing import names_at, rebound_at, sharing
from llmlint.link.program.memo import Memo
from llmlint.link.values.values import Unknown
from llmlint.request_data import ModelValue
from llmlint.scan.expressions import Call, last_name
from llmlint.source import Span

_FITTED: Memo[tuple[object, ...], tuple[tuple[Edit, ...], tuple[str, ...]] | str] = Memo()
_MOST_NAMED = 3


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
    if spelling is None or _why_by_hand(call, value, reference, target) is not None:
        return None
    code = call.source(value.at)
    named = Edit(value.at, code.replace(value.spelling, spelling))
    message = f"Use `{spelling}`"
    if tables := lookups(call, value, spelling):
        return Fix(Applicability.DISPLAY_ONLY, f"{message}; the old name is looked up, too: {', '.join(tables)}", (named,))
    if priced := prices_of(call, value, reference.model):
        return Fix(
            Applicability.DISPLAY_ONLY,
            f"{message}; the program has the prices of the old model, too: {', '.join(priced)}",
            (named,),
        )
    records, elsewhere_recorded = records_of(call, value, spelling)
    if elsewhere_recorded:
        return Fix(
            Applicability.DISPLAY_ONLY,
            f"{message}; records or logs name the old model, too: {', '.join(elsewhere_recorded)}",
            (named,),
        )
    if tests := gates(call, value, spelling):
        return Fix(Applicability.DISPLAY_ONLY, f"{message}{_of_gates(tests)}", (named,))
    same = rebound_at(call.program, value) if not call.is_in_function(value.at) else []
    try:
        others = [other for at in (value.at, *same) for other in sharing(call, replace(value, at=at))]
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
    edits |= dict.fromkeys(records)
    if records:
        said["with its name in the records beside the call"] = None
    edits |= {Edit(at, call.source(at).replace(value.spelling, spelling)): None for at in same}
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


_ONLY_A_DEFAULT = "which other models that a user names may refuse, as the name is only a default"


def _why_by_hand(call: Request, value: ModelValue, reference: ModelRef, target: Model) -> str | None:
    """Why no fix writes the name of another model; None where one can."""
    if call.api.endswith(".completions"):
        return "it takes messages, and no prompt"
    if not call.takes_fixes:
        return "calls of this client are not rewritten"
    spelling = reference.respell(target)
    if spelling is None:
        return "its name on this platform is not known"
    if spelling == value.spelling:
        return "this platform has the same name for it"
    code = call.source(value.at)
    try:
        is_plain = "\n" not in code and literal_eval(code) == value.spelling and code.count(value.spelling) == 1
    except (ValueError, SyntaxError):
        is_plain = False
    return None if is_plain else "the name is not written as one plain string"


def advice(call: Request, value: ModelValue, reference: ModelRef, target: Model) -> str:
    """What else has to change with a model, and why that is to be done by hand, where no fix is offered: to be put behind its name."""
    reason = _why_by_hand(call, value, reference, target)
    return _other_changes(call, value, reference, target) + (f"; by hand, as {reason}" if reason is not None else "")


def _other_changes(call: Request, value: ModelValue, reference: ModelRef, target: Model) -> str:
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
    each = call
    try:
        for each in (*alike, *others):
            fitted = fit_parameters(each, reference.model, target, reference.platform)
            if fitted.changes_request and (reason := _other_models(each, value, target, fitted)):
                raise Unfit(reason)
            edits |= dict.fromkeys(fitted.edits)
            notes |= dict.fromkeys(fitted.notes)
            if fitted.changes_request and _is_default(each, value):
                notes[_ONLY_A_DEFAULT] = None
    except Unfit as error:
        return str(error) if each.span == call.span else f"{error} (the call{_at(call, [each.span])})"
    return tuple(edits), tuple(notes)


def _has(request: Request, value: ModelValue) -> bool:
    return any(model.at == value.at for model in request.models)


def _is_default(call: Request, value: ModelValue) -> bool:
    """Whether a user of the program can name another model: the name is the default of an environment variable, an option or a setting."""
    requests = (call, *call.siblings())
    return any(not model.is_only for request in requests for model in request.models if model.at == value.at)


def _other_models(call: Request, value: ModelValue, target: Model, fitted: Fit) -> str:
    """Why the parameters that the target needs may be wrong for another model that the call can have, to be put behind the name; else empty.

    Where the edits turn thinking off, there must be no other: it may be there for its thinking.
    """
    catalog = Catalog.bundled()
    requests = tuple(dict.fromkeys((call, *call.siblings())))
    needed = f", {', '.join(fitted.notes)}; " if fitted.notes else "; "
    if not call.is_own_host and not call.is_third_party_host:
        return f"{needed}the client's host can be configured, and another host may refuse these parameters"
    values = [each for request in requests for each in request.values("model") if isinstance(each, Unknown)]
    picked = {each.at for each in values if not _holds(each.at, value.at) and each.at != call.span}
    others = {model.spelling for request in requests for model in request.models if model.at != value.at}
    for reference in map(catalog.find, others):
        if fitted.is_quiet or reference is None or not takes_same(reference.model, target):
            return "; other models of a call take parameters that it refuses"
    is_option = any(model.source == "option-default" for model in call.models if model.at == value.at)
    # A parameter of a function that nothing in sight calls has its default as far as can be seen.
    is_left = is_option or (_is_default(call, value) and not any(request.steps for request in requests))
    foreign = [
        each
        for each in values
        if not _holds(each.at, value.at) and not _has_default(each) and not (is_left and _holds(call.span, each.at))
    ]
    if foreign or not all(request.models for request in requests):
        return f"{needed}the call may get a model that is not known, which may refuse these parameters{_at(call, picked)}"
    passed = [steps[0].span for request in requests if (steps := request.explain(value.at))]
    if passed:
        return f"{needed}a caller passes the name{_at(call, passed)}, and the function may be called with a model that refuses these parameters"
    return ""


def _has_default(value: Unknown) -> bool:
    """Whether a value that is not known is that of an environment variable with a default."""
    call = value.expression
    return isinstance(call, Call) and last_name(call.func) in ("get", "getenv") and len(call.args) > 1


def _at(call: Request, spans: Iterable[Span]) -> str:
    """Some places, for a sentence: ` in app.py:3, app.py:9`; empty for none."""
    places = sorted({(at.path, call.program.source(at.path).location(at.start).line) for at in spans})
    return f" in {', '.join(f'{path}:{line}' for path, line in places[:_MOST_NAMED])}" if places else ""


def _holds(span: Span, inner: Span) -> bool:
    return span.path == inner.path and span.start <= inner.start and inner.end <= span.end


def _calls(requests: Iterable[Request]) -> str:
    """How many places in the source make the requests."""
    number = len({request.span for request in requests})
    return "another call" if number == 1 else f"{number} other calls"


def _in_batches(call: Request, value: ModelValue) -> list[str]:
    """The places of requests that a batch sends, and no call, whose model may be written at the same place."""
    if value.at.path == call.span.path and call.span.start <= value.at.start < call.span.end:
        return []
    home = call.program.module(value.at.path)
    names = names_at(call, home, value.at.start) if home is not None else []
    near = {call.span.path, value.at.path, *(step.span.path for step in call.steps)}
    if home is not None:
        near |= {module.path for name in names for module in call.program.modules_naming(name, home)}
    return built_by_hand(call, names, near)
