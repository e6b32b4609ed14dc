"""How requests of litellm are read: in OpenAI's formats, with breakpoints that litellm itself puts on messages."""

from __future__ import annotations

import dataclasses

from llmlint.link.calls.arguments import CallArguments
from llmlint.link.calls.evaluator import evaluator_of
from llmlint.link.values.alternatives import pick
from llmlint.link.values.iterations import made_each_time
from llmlint.link.values.values import Entry, Items, Literal, Record, Text
from llmlint.providers import openai
from llmlint.providers.base import Provider, register
from llmlint.request_data import Breakpoint, Prompt
from llmlint.sdks.litellm import SDK
from llmlint.sdks.shape import Method


def is_request(arguments: CallArguments, method: Method) -> bool:
    names = arguments.fields.entries
    return ("messages" in names or "input" in names) and "model" in names


def read_prompt(arguments: CallArguments, method: Method) -> Prompt:
    prompt = openai.read_prompt(_of_one_item(arguments, method.items) if method.items else arguments, method)
    if arguments.is_true("enable_prompt_caching") or _caches_all(arguments):
        return dataclasses.replace(prompt, has_breakpoint=True, may_have_breakpoints=True)
    if not arguments.has("cache_control_injection_points"):
        return prompt
    return _with_breakpoints(arguments, prompt) or dataclasses.replace(prompt, has_breakpoint=True, may_have_breakpoints=True)


def _of_one_item(arguments: CallArguments, name: str) -> CallArguments:
    """The arguments with the messages of one request in place of those of all."""
    entry = arguments.fields.entries.get(name)
    given = pick(entry.values) if entry is not None else None
    each = made_each_time(evaluator_of(arguments.program), given) if given is not None else None
    if entry is None or each is None or len(each) != 1:
        return arguments
    entries = {**arguments.fields.entries, name: Entry(each, True, entry.at)}
    return dataclasses.replace(arguments, fields=dataclasses.replace(arguments.fields, entries=entries))


def _with_breakpoints(arguments: CallArguments, prompt: Prompt) -> Prompt | None:
    """The prompt with the breakpoints that litellm puts on messages by their role or index; None where the source does not tell which."""
    points = arguments.values("cache_control_injection_points")
    if len(points) != 1 or not isinstance(points[0], Items) or points[0].is_open or points[0].has_escaped:
        return None
    # Each message must be one segment, so that an index finds it.
    segments = list(prompt.segments)
    first = sum(segment.kind == "tools" for segment in segments)
    messages = arguments.values("messages")
    count = len(messages[0].items) if len(messages) == 1 and isinstance(messages[0], Items) else None
    ends_open = count is None or not segments or segments[-1].role == ""
    top_level = prompt.top_level_breakpoint
    for alternatives in points[0].items:
        point = alternatives[0]
        if len(alternatives) != 1 or not isinstance(point, Record) or point.is_open:
            return None
        breakpoint = Breakpoint(point.at, True)
        role, index = _only(point, "role"), _only(point, "index")
        if _only(point, "location") != "message" or (role is None) == (index is None):
            return None
        if role is not None:
            marked = [number for number, segment in enumerate(segments) if number >= first and segment.role == role]
        elif index == -1 and ends_open:
            top_level, marked = breakpoint, []
        elif isinstance(index, int) and not ends_open and len(segments) - first == count:
            place = index + (len(segments) if index < 0 else first)
            marked = [place] if first <= place < len(segments) else []
        else:
            return None
        for number in marked:
            segments[number] = dataclasses.replace(segments[number], breakpoint=breakpoint)
    return dataclasses.replace(prompt, segments=tuple(segments), top_level_breakpoint=top_level, has_breakpoint=True)


def _only(point: Record, name: str) -> str | int | None:
    """What an item of an injection point is, where that is one thing."""
    entry = point.entries.get(name)
    value = entry.values[0] if entry is not None and len(entry.values) == 1 else None
    if isinstance(value, Text):
        return value.value
    return value.value if isinstance(value, Literal) and isinstance(value.value, int) else None


def _caches_all(arguments: CallArguments) -> bool:
    """Whether a setting makes litellm put the breakpoints on all requests to Claude (`integrations/anthropic_cache_control_hook.py`)."""
    setting = b"enable_anthropic_prompt_caching"
    return arguments.program.mentions((setting, setting.upper()), arguments.place.module)


register(Provider(SDK, is_request, read_prompt))
