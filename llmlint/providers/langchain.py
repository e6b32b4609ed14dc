"""How requests of LangChain's chat models are read: a text, a list of messages, or the messages of a prompt template ahead in the chain."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from llmlint.link.calls.arguments import CallArguments, read_arguments
from llmlint.link.calls.evaluator import evaluator_of
from llmlint.link.values.alternatives import pick
from llmlint.link.values.iterations import made_each_time
from llmlint.link.values.values import Entry, Hole, Items, Known, Object, Record, Text, Unknown, Value
from llmlint.providers.base import (
    Provider,
    alternatives,
    entry_segments,
    may_have_breakpoints,
    message_segments,
    register,
    text_segment,
    tool_segments,
    unknown_segment,
)
from llmlint.providers.receivers import PIPED
from llmlint.request_data import Prompt, Segment, SegmentKind, Stability
from llmlint.sdks.langchain import SDK
from llmlint.sdks.shape import Method
from llmlint.source import Span

_ROLES = {"system": "system", "human": "user", "user": "user", "ai": "assistant", "assistant": "assistant"}
_CLASSES = {"SystemMessage": "system", "HumanMessage": "user", "AIMessage": "assistant"}
_TEMPLATES = {
    "SystemMessagePromptTemplate": "system",
    "HumanMessagePromptTemplate": "user",
    "AIMessagePromptTemplate": "assistant",
}
_INPUTS = ("input", "inputs")
_VARIABLE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")


def is_request(arguments: CallArguments, method: Method) -> bool:
    """Whether a call on an unknown receiver sends messages to a model: a list with one of LangChain's messages in it."""
    if method.path[-1] not in ("invoke", "ainvoke", "stream", "astream"):
        return False
    given = [value for value in arguments.values("input") if isinstance(value, Items)]
    return any(_class_of(each) in _CLASSES for items in given for values in items.items for each in values)


def read_prompt(arguments: CallArguments, method: Method) -> Prompt:
    entries = arguments.fields.entries
    segments = tool_segments(arguments)
    is_piped = PIPED in entries
    name = PIPED if is_piped else next((name for name in _INPUTS if name in entries), None)
    if name is not None:
        value = pick(entries[name].values)
        if method.items == name and not is_piped:
            value = _one_input(arguments, value)
        segments += _template(arguments, value) if is_piped else _input(arguments, value, entries[name].at)
    has_alternatives, has_other_texts = alternatives(arguments, ("input",))
    return Prompt(
        segments=tuple(segments),
        top_level_breakpoint=None,
        has_breakpoint=any(segment.has_breakpoint for segment in segments),
        may_have_breakpoints=may_have_breakpoints(arguments, ("input",)),
        has_alternatives=has_alternatives,
        has_other_texts=has_other_texts,
        has_cache_key=False,
    )


def _one_input(arguments: CallArguments, inputs: Value | None) -> Value | None:
    """What each input of several is; None where these differ."""
    each = made_each_time(evaluator_of(arguments.program), inputs) if inputs is not None else None
    return each[0] if each is not None and len(each) == 1 else None


def _input(arguments: CallArguments, value: Value | None, at: Span) -> list[Segment]:
    if isinstance(value, Text):
        return [text_segment("message", "user", value)]
    if isinstance(value, Items):
        return [segment for values in value.items for segment in _message(arguments, pick(values), at, is_template=False)] + (
            [unknown_segment("message", "", value.at, None)] if value.is_open or value.has_escaped else []
        )
    return [unknown_segment("message", "", at, value)]


def _template(arguments: CallArguments, value: Value | None) -> list[Segment]:
    """The segments of a prompt template: what stands in braces changes from call to call."""
    if isinstance(value, Object) and value.call is not None and value.place is not None and value.call.args:
        at = value.place.span(value.call)
        first = pick(evaluator_of(arguments.program).evaluate(value.call.args[0].value, value.place))
        if isinstance(first, Text):
            return [text_segment("message", "user", _with_holes(first))]
        if isinstance(first, Items):
            found = [segment for each in first.items for segment in _message(arguments, pick(each), at, is_template=True)]
            return found if not first.is_open else [*found, unknown_segment("message", "", at, None)]
        return [unknown_segment("message", "", at, None)]
    return [unknown_segment("message", "", arguments.place.span(arguments.site), None)]


def _message(arguments: CallArguments, value: Value | None, at: Span, *, is_template: bool) -> Iterator[Segment]:
    """The segments of one message: an object, a pair of role and text, or a dict."""
    if isinstance(value, Record):
        yield from message_segments(Items(((value,),), value.at), value.at)
        return
    role, content = _parts(arguments, value)
    if content is None:
        yield unknown_segment("message", role or "", at, value if isinstance(value, Unknown) else None)
        return
    kind: SegmentKind = "system" if role == "system" else "message"
    is_from_template = is_template and _class_of(value) not in _CLASSES
    for segment in entry_segments(kind, role or "", content):
        text = pick(content.values)
        if is_from_template and isinstance(text, Text):
            yield text_segment(kind, role or "", _with_holes(text))
        else:
            yield dataclasses.replace(segment, value_at=None)


def _parts(arguments: CallArguments, value: Value | None) -> tuple[str | None, Entry | None]:
    """The role and the content of a message."""
    if isinstance(value, Items) and len(value.items) == 2:
        name = pick(value.items[0])
        role = _ROLES.get(name.value or "") if isinstance(name, Text) else None
        return role, Entry(value.items[1], True, value.at) if role is not None else None
    if isinstance(value, Text):
        return "user", Entry((value,), True, value.at)
    if isinstance(value, Object) and value.call is not None and value.place is not None:
        role = _CLASSES.get(_class_of(value)) or next((_TEMPLATES[each] for each in _TEMPLATES if each in str(value.of)), None)
        names = ("content",) if _class_of(value) in _CLASSES else ("template",)
        fields = read_arguments(evaluator_of(arguments.program), value.call, value.call.args, names, value.place).fields
        return role, fields.entries.get(names[0]) if role is not None else None
    return None, None


def _class_of(value: Value | None) -> str:
    return value.of.rpartition(".")[2] if isinstance(value, Object) and isinstance(value.of, str) else ""


def _with_holes(text: Text) -> Text:
    """A template's text: its variables are filled in by each call."""
    parts: list[Known | Hole] = []
    for part in text.parts:
        if not isinstance(part, Known):
            parts.append(part)
            continue
        at, literal = 0, ""
        for found in _VARIABLE.finditer(part.text):
            literal += part.text[at : found.start()]
            at = found.end()
            if found[1] is None:
                literal += found[0][0]
                continue
            parts += [Known(literal, part.at), Hole(Stability.VARYING, part.at)]
            literal = ""
        parts.append(Known(literal + part.text[at:], part.at))
    return dataclasses.replace(text, parts=tuple(part for part in parts if not isinstance(part, Known) or part.text))


register(Provider(SDK, is_request, read_prompt))
