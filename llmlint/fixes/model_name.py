"""Changing a model's name where it is written."""

from __future__ import annotations

from ast import literal_eval

from llmlint.callsite import CallSite, ModelValue
from llmlint.catalog import Model, ModelRef
from llmlint.findings import Applicability, Edit, Fix

# Parameters that newer models or SDKs refuse or read in another way: `temperature` and its kin are answered with 400 by Haiku 5.5 and others
# and are gone from anthropic 2.x; thinking budgets and the legacy function parameters differ by model.
_MAY_BE_REFUSED = (
    "temperature",
    "top_p",
    "top_k",
    "thinking",
    "functions",
    "function_call",
    "logprobs",
    "logit_bias",
    "reasoning_effort",
)


def replace_model(call: CallSite, value: ModelValue, reference: ModelRef, target: Model) -> Fix | None:
    """A fix that writes the target in the spelling of the place; None where the name is not one plain string."""
    spelling = reference.respell(target)
    code = call.request.source(value.at)
    if spelling is None or spelling == value.spelling or "\n" in code:
        return None
    try:
        if literal_eval(code) != value.spelling:
            return None
    except (ValueError, SyntaxError):
        return None
    if code.count(value.spelling) != 1:
        return None
    is_risky = call.request.fields.is_open or any(call.request.has(name) for name in _MAY_BE_REFUSED)
    applicability = Applicability.DISPLAY_ONLY if is_risky else Applicability.UNSAFE
    return Fix(applicability, f"Use `{spelling}`", (Edit(value.at, code.replace(value.spelling, spelling)),))
