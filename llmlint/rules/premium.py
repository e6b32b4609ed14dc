"""What the two rules about premium models share."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.callsite import CallSite, ModelValue
from llmlint.catalog import Catalog, ModelRef
from llmlint.findings import Confidence

_FROM_THE_USER = frozenset({"option-default", "config"})


def premium_values(call: CallSite, catalog: Catalog) -> Iterator[tuple[ModelValue, ModelRef]]:
    """The values of the model argument that name a premium-tier model, one for each place in the source; none in a test."""
    if call.is_in_test:
        return
    seen = set()
    for value in call.models:
        reference = catalog.find(value.spelling)
        if reference is not None and reference.model.tier == "premium" and value.at not in seen:
            seen.add(value.at)
            yield value, reference


def confidence_in(call: CallSite, value: ModelValue, catalog: Catalog) -> Confidence:
    """One of several models that somebody chooses from, or a default of a command line, is less of a decision than a constant."""
    tiers = {reference.model.tier for other in call.models if (reference := catalog.find(other.spelling)) is not None}
    if value.source in _FROM_THE_USER or len(tiers) > 1:
        return Confidence.MEDIUM
    return Confidence.HIGH


def times(ratio: float) -> str:
    """A price ratio for a sentence: `2`, `1.3`, `40`, `750`."""
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.2g}"
