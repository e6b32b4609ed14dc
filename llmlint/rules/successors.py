"""Which model takes the place of another at a fraction of its price."""

from __future__ import annotations

from llmlint.catalog import Catalog, Model
from llmlint.rules.registry import RuleContext


def superseded_by(model: Model, context: RuleContext) -> tuple[Model, float] | None:
    """The successor of a model and how many times its price the model costs; None where that is less than the settings ask for."""
    successor = _successor(model, context.catalog)
    ratio = _ratio(model, successor, context.catalog) if successor is not None else None
    if successor is None or ratio is None or ratio <= 1 or ratio < context.superseded_ratio:
        return None
    return successor, ratio


def _ratio(model: Model, successor: Model, catalog: Catalog) -> float | None:
    """How many times as much the same text costs, as input or as output, whichever falls less."""
    ratio = catalog.price_ratio(model, successor)
    if ratio is None or not (model.input and successor.input and model.output and successor.output):
        return ratio
    return min(ratio, ratio * model.output / successor.output * successor.input / model.input)


def _successor(model: Model, catalog: Catalog) -> Model | None:
    """The newest model that the catalogue names for those who move on, of the same tier; None if there is none."""
    found = None
    seen = {model.id}
    following = catalog.get(model.successor or "")
    while following is not None and following.id not in seen:
        seen.add(following.id)
        if following.tier == model.tier:
            found = following
        following = catalog.get(following.successor or "")
    return found
