"""Whether what a request sends is made from a parameter with a default, for which callers out of sight may give something else."""

from __future__ import annotations

from llmlint.link.calls.request import Request
from llmlint.link.flow.state import relevant_parameters

_PROMPTS = frozenset({"system", "tools", "messages", "instructions", "input"})


def may_be_given_more(request: Request) -> bool:
    module, point = request.place.module, request.place.point
    sent = [argument.value for name, argument in request.arguments.items() if name in _PROMPTS]
    sent += [argument.value for argument in request.splats]
    names = relevant_parameters(module, point.scope, sent, point.order)
    return any(each.default is not None for each in module.scopes[point.scope].parameters if each.name in names)
