"""Whether what a request sends is made from a parameter with a default, for which callers out of sight may give something else."""

from __future__ import annotations

from llmlint.link.calls.arguments import CallArguments
from llmlint.link.flow.state import relevant_parameters

_PROMPTS = frozenset({"system", "tools", "messages", "instructions", "input"})


def may_be_given_more(arguments: CallArguments) -> bool:
    module, point = arguments.place.module, arguments.place.point
    sent = [argument.value for name, argument in arguments.written.items() if name in _PROMPTS]
    sent += [argument.value for argument in arguments.splats]
    names = relevant_parameters(module, point.scope, sent, point.order)
    return any(each.default is not None for each in module.scopes[point.scope].parameters if each.name in names)
