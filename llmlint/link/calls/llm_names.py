"""LLM calls by their names alone, where it is not known what they are called on."""

from __future__ import annotations

from llmlint.link.calls.runners import tail_of
from llmlint.scan import expressions as ex
from llmlint.sdks import arguments_for, telling_paths
from llmlint.sdks.shape import OUTPUT_LIMITS


def has_llm_name(call: ex.Call) -> bool:
    """Whether a call is called as LLM calls are: by a resource and its method (`messages.create`), or a method that few other libraries have."""
    name = ex.last_name(call.func) or ""
    resource = ex.last_name(call.func.value) if isinstance(call.func, ex.Attribute) else None
    return not telling_paths().isdisjoint({(name,), (resource, name)})


def is_like_llm_call(call: ex.Call) -> bool:
    """The same, or whether a method of such a name takes messages: `create(messages=…)`, of what a name or function gives."""
    if has_llm_name(call):
        return True
    keywords = {argument.keyword for argument in call.args}
    if keywords.isdisjoint((*arguments_for("messages"), *OUTPUT_LIMITS)):
        return False
    return any(path[-1] == tail_of(call) for path in telling_paths())
