"""What a call fixes about its answer: its length, a schema, one of a few words."""

from __future__ import annotations

from dataclasses import dataclass

from llmlint.callsite import Request
from llmlint.link.values.values import Class, Items, Literal, Record, Text, Value
from llmlint.scan.expressions import Attribute, Name, walk
from llmlint.sdks.shape import OUTPUT_LIMITS

# An answer of this many tokens is a word, a label or a short list.
_SHORT = 64
_BRIEF = 300
_FORMATS = ("response_format", "output_config", "output_format", "text_format", "text", "response_model")
_LOW_EFFORT = frozenset({"none", "minimal", "low"})


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """`limits` is how much the length of the answer and the choices that it has speak for a small task, `evidence` why. `is_short`: there is
    no room for more than a few words. `has_schema`: the answer is JSON of a given form."""

    limits: int
    evidence: tuple[str, ...]
    is_short: bool
    has_schema: bool


def answer_form(call: Request) -> AnswerForm | None:
    """The form of the answer; None where tools or thinking say that the work is more than its answer."""
    if _thinks(call):
        return None
    schemas = [value for name in _FORMATS for value in call.values(name)]
    if call.has("tools") or call.has("functions"):
        forced = _forced_tool(call)
        if forced is None:
            return None
        schemas.append(forced)
    limits, evidence = 0, []
    limit = limit_of(call)
    if limit is not None and limit <= _BRIEF:
        limits += 2 if limit <= _SHORT else 1
        evidence.append(f"the answer has at most {limit} tokens")
    has_choices = any(_has_choices(schema, 0) for schema in schemas)
    has_schema = has_choices or any(_is_schema(schema) for schema in schemas)
    if has_schema:
        limits += has_choices
        evidence.append("its schema leaves a few values to choose from" if has_choices else "the answer has a schema")
    return AnswerForm(limits, tuple(evidence), limit is not None and limit <= _SHORT, has_schema)


def _thinks(call: Request) -> bool:
    for name in ("thinking", "reasoning", "reasoning_effort", "output_config"):
        for value in call.values(name):
            if _effort(name, value) not in (None, *_LOW_EFFORT):
                return True
    return False


def _effort(name: str, value: Value) -> str | None:
    """How hard the model is told to think: `high` where that is not known, None where nothing is said."""
    if isinstance(value, Text):
        return value.value or "high"
    if isinstance(value, Literal):
        return None
    if not isinstance(value, Record):
        return None if name == "output_config" else "high"
    key = "type" if name == "thinking" else "effort"
    entry = value.entries.get(key)
    if entry is None:
        return None if name == "output_config" else "high"
    said = {each.value for each in entry.values if isinstance(each, Text)}
    return "none" if said == {"disabled"} else said.pop() if len(said) == 1 and said <= _LOW_EFFORT else "high"


def _forced_tool(call: Request) -> Value | None:
    """The only tool of a request that must be used: a schema for the answer."""
    tools = call.values("tools")
    choice = next((value for value in call.values("tool_choice") if isinstance(value, Record)), None)
    kind = choice.entries.get("type") if choice is not None else None
    is_forced = kind is not None and any(isinstance(value, Text) and value.value in ("tool", "function") for value in kind.values)
    if not is_forced or len(tools) != 1 or not isinstance(tools[0], Items) or len(tools[0].items) != 1 or tools[0].is_open:
        return None
    return tools[0]


def limit_of(call: Request) -> int | None:
    """The largest number of tokens that the answer can have; None where it is not known."""
    values = [value for name in OUTPUT_LIMITS for value in call.values(name)]
    limits = [value.value for value in values if isinstance(value, Literal) and isinstance(value.value, int)]
    return max(limits) if limits and len(limits) == len(values) else None


def _is_schema(value: Value) -> bool:
    if isinstance(value, (Class, Items)):
        return True
    kinds = value.entries.get("type") if isinstance(value, Record) else None
    if kinds is not None:
        return any(isinstance(kind, Text) and kind.value in ("json_object", "json_schema") for kind in kinds.values)
    return isinstance(value, Record) and any(_is_schema(inner) for entry in value.entries.values() for inner in entry.values)


def _has_choices(value: Value, depth: int) -> bool:
    """Whether a schema leaves a choice between a few values: `enum` in JSON, `Literal[…]` or an `Enum` in a class."""
    if depth > 8:
        return False
    if isinstance(value, Record):
        return "enum" in value.entries or any(
            _has_choices(inner, depth + 1) for entry in value.entries.values() for inner in entry.values
        )
    if isinstance(value, Items):
        return any(_has_choices(inner, depth + 1) for alternatives in value.items for inner in alternatives)
    if isinstance(value, Class):
        annotations = [
            binding.annotation
            for bindings in value.module.members[value.scope].values()
            for binding in bindings
            if binding.annotation is not None
        ]
        names = {
            node.id if isinstance(node, Name) else node.attr
            for annotation in annotations
            for node in walk(annotation)
            if isinstance(node, (Name, Attribute))
        }
        return "Literal" in names
    return False
