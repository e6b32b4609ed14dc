"""Whether what a request sends may be another thing in another call: made from a parameter with a default, or tools that are chosen."""

from __future__ import annotations

from collections.abc import Container

from llmlint.link.calls.arguments import CallArguments
from llmlint.link.flow.state import relevant_parameters
from llmlint.link.values.stability import stability_at
from llmlint.request_data import SegmentKind, Stability
from llmlint.scan import expressions as ex
from llmlint.sdks import Role, arguments_for

# The arguments that give each kind of segment.
_ROLES: dict[SegmentKind, Role] = {"system": "system", "tools": "tools", "message": "messages"}


def may_be_given_more(arguments: CallArguments, kinds: Container[str]) -> bool:
    """Whether the segments of some kinds can be longer in another call."""
    module, point = arguments.place.module, arguments.place.point
    fields = {name for kind, role in _ROLES.items() if kind in kinds for name in arguments_for(role)}
    sent = [argument.value for name, argument in arguments.written.items() if name in fields]
    sent += [argument.value for argument in arguments.splats]
    names = relevant_parameters(module, point.scope, sent, point.order)
    return any(each.default is not None for each in module.scopes[point.scope].parameters if each.name in names)


def tools_may_differ(arguments: CallArguments) -> bool:
    """Whether the tools of a request, which are not all known, are chosen or put in order by the function of the call, or passed to it."""
    module, point = arguments.place.module, arguments.place.point
    argument = arguments.written.get("tools")
    if argument is None:
        return "tools" in arguments.fields.entries
    is_local = any(
        isinstance(node, ex.Name)
        and point.scope != 0
        and (module.parameter(point.scope, node.id) or module.bindings(point.scope, node.id))
        for node in ex.walk(argument.value)
        if not (isinstance(node, ex.Name) and module.method_of_self(point.scope, node.id) is not None)
    )
    return is_local or stability_at(module, point, argument.value) >= Stability.VARYING
