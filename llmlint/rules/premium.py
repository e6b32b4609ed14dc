"""What the rules about models share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from llmlint.callsite import Request
from llmlint.catalog import Catalog, Model, ModelRef
from llmlint.findings import Confidence, Finding
from llmlint.fixes.model.mentions import is_argued_for
from llmlint.fixes.model.name import advice, replace_model
from llmlint.link.flow.escalation import tried_before
from llmlint.link.names.index import ModuleIndex
from llmlint.link.program.memo import Memo
from llmlint.link.values import choices
from llmlint.request_data import ModelValue
from llmlint.rules.measured import is_measured_beside
from llmlint.rules.savings import model_saving
from llmlint.rules.task_evidence import SimpleTask
from llmlint.scan.expressions import Constant, Name

_FROM_THE_USER = frozenset({"option-default", "config"})


def premium_values(call: Request, catalog: Catalog) -> Iterator[tuple[ModelValue, ModelRef]]:
    """The values of the model argument that name a premium-tier model, one for each place in the source."""
    return fixed_values(call, catalog, "premium")


def fixed_values(call: Request, catalog: Catalog, tier: str) -> Iterator[tuple[ModelValue, ModelRef]]:
    """The values of the model argument that name a model of a tier, one for each place in the source.

    None in a test or on another vendor's host, and none that the program chooses among others: the tier of a router is not fixed.
    """
    if call.is_in_test or call.is_other_vendor_host:
        return
    seen = set()
    for value in call.models:
        reference = catalog.find(value.spelling)
        if reference is not None and reference.model.tier == tier and value.at not in seen:
            seen.add(value.at)
            if not _is_chosen_among_others(call, value, reference.model, catalog):
                yield value, reference


def _is_chosen_among_others(call: Request, value: ModelValue, model: Model, catalog: Catalog) -> bool:
    """Whether the program or its user picks the tier: from a conditional, a list, a table, an enumeration, a command-line choice."""
    program = call.program
    module = program.module(value.at.path) if value.at.path == call.span.path or value.at.path.endswith(".py") else None
    if module is None:
        return False

    def is_cheaper(spelling: str) -> bool:
        other = catalog.find(spelling)
        return other is not None and other.model.vendor == model.vendor and other.model.tier in ("mid", "small")

    here = value.at.start
    cheaper = [other for other in call.models if other.at != value.at and is_cheaper(other.spelling)]
    if any(_are_alternatives(call, value, other) for other in cheaper):
        return True
    if _has_other_models_beside(module, here, catalog, is_looked_up=False):
        return True
    if any(map(is_cheaper, choices.others_in_use(module, program.source(value.at.path).text, here))):
        return True
    if value.source == "option-default" and any(map(is_cheaper, choices.choices_of_option(module, here))):
        return True
    return any(
        is_cheaper(text) for each in dict.fromkeys((module, call.place.module)) for text in _tried_first(each, module, here)
    )


_TRIED_FIRST: Memo[tuple[str, int], tuple[str, ...]] = Memo()


def _tried_first(module: ModuleIndex, home: ModuleIndex, at: int) -> tuple[str, ...]:
    """The names that a file passes in earlier calls where the model that is written at an offset of its home belongs to a second try. Found once
    for all calls that have their model from there."""

    def find() -> tuple[str, ...]:
        return tuple(text for each in choices.offsets_of(module, home, at) for text in _tried_before(module, each))

    return _TRIED_FIRST.get(module, (home.path, at), find)


def _tried_before(module: ModuleIndex, at: int) -> Iterator[str]:
    """The names that a file passes in earlier calls where the model at an offset belongs to a second try."""
    for expression in tried_before(module, at):
        if isinstance(expression, Constant):
            yield str(expression.value)
        elif isinstance(expression, Name):
            values = [binding.value for binding in module.bindings(0, expression.id)]
            yield from (str(each.value) for each in values if isinstance(each, Constant))


def is_in_list_of_models(call: Request, value: ModelValue, catalog: Catalog) -> bool:
    """Whether a name stands in a list with those of other models, which are tried or compared one after another, or in a table by name."""
    module = call.program.module(value.at.path) if value.at.path.endswith(".py") or value.at.path == call.span.path else None
    return module is not None and _has_other_models_beside(module, value.at.start, catalog, is_looked_up=True)


def _has_other_models_beside(module: ModuleIndex, at: int, catalog: Catalog, *, is_looked_up: bool) -> bool:
    """Whether other models stand beside one in a list, or in a table by their names which is gone through, or may be looked up in as well."""
    others = choices.others_in_list(module, at)
    if is_looked_up or choices.is_gone_through(module, at):
        others += choices.others_named_by_key(module, at)
    return any(catalog.find(other) is not None for other in others)


def _are_alternatives(call: Request, value: ModelValue, other: ModelValue) -> bool:
    """Whether one choice is between two models, where they are written or where the names of constants stand for them."""
    program = call.program
    homes = [program.module(each.at.path) if each.at.path.endswith(".py") else None for each in (value, other)]
    own = call.place.module
    for module in dict.fromkeys((own, *homes)):
        if module is None:
            continue
        places = [
            choices.offsets_of(module, home or module, each.at.start) if home is not None or each.at.path == module.path else []
            for home, each in zip(homes, (value, other), strict=True)
        ]
        if any(choices.are_alternatives(module, one, two) for one in places[0] for two in places[1] if one != two):
            return True
    return False


def confidence_in(call: Request, value: ModelValue, catalog: Catalog) -> Confidence:
    """One of several models that somebody chooses from, a default of a command line, or of a function that nothing in sight calls, is less of a
    decision than a constant. Where a comment argues for it, somebody has weighed its price already."""
    if is_argued_for(call, value):
        return Confidence.LOW
    tiers = {reference.model.tier for other in call.models if (reference := catalog.find(other.spelling)) is not None}
    if value.source in _FROM_THE_USER or len(tiers) > 1 or (not value.is_only and _is_default_of_function(call, value)):
        return Confidence.MEDIUM
    return Confidence.HIGH


def _is_default_of_function(call: Request, value: ModelValue) -> bool:
    """Whether a model is the default of a parameter of a function, other than a method."""
    module = call.program.module(value.at.path) if value.source == "default" else None
    functions = (scope for scope in module.scopes if scope.kind == "function" and scope.parent == 0) if module is not None else ()
    defaults = (each.default for scope in functions for each in scope.parameters if each.default is not None)
    return any(default.start <= value.at.start < default.end for default in defaults)


def for_simple_task(
    call: Request,
    catalog: Catalog,
    rule: tuple[str, str],
    found: tuple[ModelValue, ModelRef],
    task: SimpleTask,
    fits: Callable[[Request], bool],
) -> Iterator[Finding]:
    """The finding that a model is more than a simple task needs, with at most the confidence of its evidence. `rule` is the code and name of
    the rule; `fits`: whether the model that would do is enough for another call, too."""
    value, reference = found
    if is_measured_beside(call, reference.model, catalog):
        return
    target = catalog.current(reference.model.vendor, task.tier)
    ratio = catalog.price_ratio(reference.model, target)
    fix = replace_model(call, value, reference, target, fits=fits)
    price = f", and the same text costs {times(ratio)} times what it does on {target.id}" if ratio is not None else ""
    is_step_down = reference.model.tier != "premium"
    confidence = confidence_in(call, value, catalog)
    may_be_high = task.is_sure and task.is_in_english and not is_step_down
    yield call.finding(
        *rule,
        f"`{value.spelling}` for what looks like {task.name} ({'; '.join(task.evidence)}): a {task.tier}-tier model is mostly enough{price}",
        at=value.at,
        confidence=confidence if may_be_high else min(confidence, Confidence.MEDIUM),
        help=f"measure the task on `{target.id}`{advice(call, value, reference, target)}" if fix is None else None,
        saving=model_saving(call, reference.model, target, catalog),
        fix=fix,
    )


def what_changes(model: Model, successor: Model, catalog: Catalog) -> str:
    """What else changes for those who move on to a successor, for the end of a sentence: another tier, or a higher price. Of a premium model it
    says in any case what the successor costs, as another rule compares the price with that of a lower tier."""
    ratio = catalog.price_ratio(successor, model)
    said = []
    if model.tier and successor.tier and model.tier != successor.tier:
        said.append(f"is a {successor.tier}-tier model, in place of a {model.tier}-tier one")
    if ratio is not None and model.input and successor.input and model.output and successor.output:
        for_output = ratio * successor.output / model.output * model.input / successor.input
        more_expensive = [
            f"{times(each)} times as much for {kind}" for each, kind in ((ratio, "input"), (for_output, "output")) if each >= 1.05
        ]
        said += [f"costs {' and '.join(more_expensive)}"] if more_expensive else []
        if not more_expensive and model.tier == successor.tier == "premium":
            said.append("costs about the same" if ratio > 0.95 else f"costs {times(ratio)} times as much for input")
    return f"; its successor {successor.id} {', and '.join(said)}" if said else ""


def times(ratio: float) -> str:
    """A price ratio for a sentence: `2`, `1.3`, `40`, `750`."""
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.2g}"
