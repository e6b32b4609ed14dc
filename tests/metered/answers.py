"""What the model says: made from the words of the request and nothing else.

Not from cache breakpoints, from how a text is cut into blocks, from the model or from the order of calls. Within one message (and within the system
prompt) the order of the words does not count either, and clock times and random ids are left out, so that a program whose prompt was put
in another order, or that runs at another time, gets the same answer. Other words in any message, or messages in another order, give another one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from llmlint.catalog import Model
from metered.prompt import Block, tokens_of

_WORD = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
_FLEETING = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[+-]\d\d:?\d\d|Z)?)?|\b\d\d:\d\d(?::\d\d(?:\.\d+)?)?\b"
    r"|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b[0-9a-f]{32}\b"
)
_CHOICES = re.compile(r"\bone of(?: the following)?(?: \w+){0,3}:\s*([^.\n]+)", re.IGNORECASE)
_LENGTH = re.compile(r"\b(\d{1,4})[- ]words?\b")
# What makes a model think before it answers, where it may.
_HARD = re.compile(r"\bstep by step\b", re.IGNORECASE)
_KEY = re.compile(r'"(\w+)"\s*:')
# At what length of the text `max_tokens` ends it, for all models alike.
_CHARACTERS_PER_TOKEN = 3
# fmt: off
_VOCABULARY = (
    "the", "report", "notes", "that", "our", "margin", "fell", "in", "spring", "while", "new", "orders",
    "came", "from", "smaller", "accounts", "and", "late", "payments", "grew", "so", "finance", "will", "review",
    "each", "contract", "again", "before", "summer", "support", "found", "two", "causes", "of", "delay", "one",
    "in", "billing", "another", "within", "delivery", "customers", "asked", "for", "clear", "dates",
)
# fmt: on


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that the model wants to use."""

    id: str
    name: str
    input: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool of the request that the client runs itself, and the JSON schema of its input."""

    name: str
    schema: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the request asks of the answer beside its text: a JSON schema, tools, and whether one must be used.

    `tool_choice` is `auto`, `none`, `any`, or the name of a tool. `may_think`: the model may think before it answers.
    """

    max_tokens: int | None = None
    schema: dict[str, Any] | None = None
    tools: Sequence[Tool] = ()
    tool_choice: str = "auto"
    may_think: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Text or one tool call; `is_cut` where `max_tokens` ended it. `thinking` is what the model thought before, where it did."""

    text: str
    tool: ToolCall | None
    is_cut: bool
    tokens: int
    thinking: str = ""


def answer(blocks: Sequence[Block], wish: Wish, model: Model) -> Answer:
    """The answer to a prompt. Only how many tokens it counts as depends on the model, and whether it thought before."""
    seed = _fingerprint(blocks)
    said = _answer(blocks, wish, model, seed)
    if not wish.may_think or said.tool is not None or not any(_HARD.search(block.text) for block in blocks):
        return said
    thought = _phrase(seed, "thought", 8)
    return replace(said, thinking=thought, tokens=said.tokens + tokens_of(thought, model))


def _answer(blocks: Sequence[Block], wish: Wish, model: Model, seed: str) -> Answer:
    if wish.max_tokens == 0:
        return Answer("", None, True, 0)
    if tool := _tool_call(blocks, wish, seed):
        return Answer("", tool, False, tokens_of(tool.name + json.dumps(tool.input), model))
    text = json.dumps(_from_schema(wish.schema, wish.schema, seed)) if wish.schema is not None else _text(blocks, seed)
    return _cut(text, wish.max_tokens, model)


def _cut(text: str, limit: int | None, model: Model) -> Answer:
    tokens = tokens_of(text, model)
    # By characters: another model's tokenizer must not move the cut.
    if limit is None or len(text) <= limit * _CHARACTERS_PER_TOKEN:
        return Answer(text, None, False, tokens if limit is None else min(tokens, limit))
    kept = text[: limit * _CHARACTERS_PER_TOKEN].rpartition(" ")[0] or text[: limit * _CHARACTERS_PER_TOKEN]
    return Answer(kept, None, True, limit)


def _fingerprint(blocks: Sequence[Block]) -> str:
    """A name for what the request says."""
    groups: dict[tuple[str, int, str], list[str]] = {}
    for block in blocks:
        # What a model thought is no part of what was said: another one may not have thought at all.
        if block.kind == "thinking":
            continue
        groups.setdefault((block.level, block.turn, block.role), []).extend(words(block.text))
    parts = [[*key[:1], key[2], *sorted(group)] for key, group in groups.items()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def words(text: str) -> list[str]:
    """Letters, digits and signs of a text, without times and random ids."""
    return _WORD.findall(_FLEETING.sub(" ", text))


def _number(seed: str, salt: str) -> int:
    return int(hashlib.sha256(f"{seed} {salt}".encode()).hexdigest()[:12], 16)


def _text(blocks: Sequence[Block], seed: str) -> str:
    said = [block.text for block in blocks if block.level != "tools" and block.role != "assistant"]
    # The smallest of several, not the first: their order may change.
    if choices := _smallest(found for text in said for found in _CHOICES.findall(text)):
        names = [name.strip(" \"'`").removeprefix("or ").strip(" \"'`") for name in re.split(r",|;|\bor\b", choices)]
        names = [name for name in names if name]
        return names[_number(seed, "choice") % len(names)] if names else choices
    if any("JSON" in text for text in said):
        keys = sorted({key for text in said for key in _KEY.findall(text)}) or ["answer"]
        return json.dumps({key: _phrase(seed, key, 1 + _number(seed, f"{key} length") % 3) for key in keys})
    asked = [int(number) for text in said for number in _LENGTH.findall(text)]
    length = max(4, max(asked)) if asked else 16 + _number(seed, "length") % 24
    return _phrase(seed, "text", length).capitalize() + "."


def _smallest(texts: Iterable[str]) -> str | None:
    return min(texts, default=None)


def _phrase(seed: str, salt: str, length: int) -> str:
    return " ".join(_VOCABULARY[_number(seed, f"{salt} {index}") % len(_VOCABULARY)] for index in range(length))


def _tool_call(blocks: Sequence[Block], wish: Wish, seed: str) -> ToolCall | None:
    tools = [tool for tool in wish.tools if wish.tool_choice in ("auto", "any", tool.name)]
    if not tools:
        return None
    used = sum(block.kind == "tool_result" for block in blocks)
    # An agent makes two or three rounds, by what it was first asked; then it answers in words.
    rounds = (
        2 + _number(" ".join(sorted(words(next((block.text for block in blocks if block.role == "user"), "")))), "rounds") % 2
    )
    if wish.tool_choice == "auto" and used >= rounds:
        return None
    tool = tools[_number(seed, "tool") % len(tools)]
    value = _from_schema(tool.schema, tool.schema, seed)
    return ToolCall(f"toolu_{seed[:20]}", tool.name, value if isinstance(value, dict) else {})


def _from_schema(schema: dict[str, Any], root: dict[str, Any], seed: str, path: str = "") -> object:
    """A value that a JSON schema allows, without its finer limits."""
    if reference := schema.get("$ref"):
        target: Any = root
        for step in str(reference).removeprefix("#/").split("/"):
            target = target[step]
        return _from_schema(target, root, seed, path)
    if "const" in schema:
        return schema["const"]
    if choices := schema.get("enum"):
        return choices[_number(seed, path) % len(choices)]
    for name in ("anyOf", "oneOf", "allOf"):
        if name in schema:
            return _from_schema(schema[name][0], root, seed, path)
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {name: _from_schema(inner, root, seed, f"{path}/{name}") for name, inner in schema.get("properties", {}).items()}
    if kind == "array":
        return [_from_schema(schema.get("items", {"type": "string"}), root, seed, f"{path}/{index}") for index in range(2)]
    if kind in ("integer", "number"):
        return int(schema.get("minimum", 0)) + _number(seed, path) % 10
    if kind == "boolean":
        return _number(seed, path) % 2 == 0
    return None if kind == "null" else _phrase(seed, path, 3)
