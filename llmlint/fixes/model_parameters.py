"""What else of a request has to change where its model does: parameters that the new model refuses, and answers that it gives in another
form.

Claude (migration guides of Sonnet 5.5 and Haiku 5.5 on platform.claude.com, read in copies of October 2026): since Opus 4.7, `temperature`,
`top_p` and `top_k` are answered with 400 unless they have their default, and so are thinking budgets; since 4.6, a message of the assistant at
the end; by Sonnet 5.5, a forced tool choice and thinking switched off. Since Opus 5, models think unless told not to, and an answer may begin
with a thinking block. GPT since GPT-5 and the o line refuse `max_tokens` in chat requests, and sampling parameters other than their defaults.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from llmlint.callsite import Request
from llmlint.catalog import Model
from llmlint.findings import Edit
from llmlint.fixes.add_keyword import add_keyword
from llmlint.fixes.declared import is_below
from llmlint.fixes.remove_mark import joined, remove_named, rename_named
from llmlint.fixes.style import is_in_string, style_of
from llmlint.link.values.values import Literal, Record, Text
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding
from llmlint.source import Span

# Each with its default.
_SAMPLING: dict[str, float | None] = {"temperature": 1, "top_p": 1, "top_k": None}
_CLASSIC_SAMPLING: dict[str, float | None] = {**_SAMPLING, "presence_penalty": 0, "frequency_penalty": 0}
_CLASSIC = ("gpt-3", "gpt-4", "chatgpt-4")
# What differs by model in other ways than can be mended here.
_RISKY = (
    "betas",
    "speed",
    "functions",
    "function_call",
    "logprobs",
    "top_logprobs",
    "logit_bias",
    "stop",
    "reasoning_effort",
    "reasoning",
    "n",
)
_THINKS_BY_DEFAULT = re.compile(r"claude-[a-z]+-5\b")
_SWITCHES_OFF = re.compile(r"claude-haiku-5\b")
_PREFILLS = re.compile(r"claude-(?:[123][.-]|instant|(?:opus|sonnet|haiku)-4-[0-5]\b)")
_FIRST_WITH_THINKING = (0, 47)
# How many tokens leave room for an answer where the model reasons first.
_ROOM_TO_REASON = 64


class Unfit(Exception):
    """A request that the new model would refuse or answer in another form, and that cannot be mended in place. The text says why, to
    be put behind the model's name."""


def _refuses(name: str) -> str:
    return f", which may not take `{name}`"


def fit_parameters(call: Request, old: Model, new: Model, platform: str) -> tuple[Edit, ...]:
    """The edits that make a request one that the new model takes. Raises Unfit where there are none that do."""
    if call.fields.is_open:
        raise Unfit("; arguments of the call are not in sight")
    if new.vendor == "openai":
        return tuple(_for_gpt(call, old, new))
    if platform == "openrouter":
        return ()  # It leaves out what a model does not take (its migration guide for Claude 4.7, 2026).
    return tuple(_for_claude(call, old, new))


def takes_same(model: Model, other: Model) -> bool:
    """Whether two models take the same parameters, as far as is known here."""
    if model.vendor == "openai":
        return other.vendor == "openai" and model.id.startswith(_CLASSIC) == other.id.startswith(_CLASSIC)
    return model.tokenizer == other.tokenizer and bool(_THINKS_BY_DEFAULT.match(model.id)) == bool(
        _THINKS_BY_DEFAULT.match(other.id)
    )


def _for_claude(call: Request, old: Model, new: Model) -> Iterator[Edit]:
    _refuse(call, _RISKY)
    if call.has("tool_choice") and not _SWITCHES_OFF.match(new.id) and not _is_free_choice(call):
        raise Unfit(_refuses("tool_choice"))
    last = call.prompt.segments[-1] if call.prompt.segments else None
    if last is not None and last.role == "assistant" and not _PREFILLS.match(new.id) and not call.sends_growing_history:
        raise Unfit(", which goes on with no answer that is begun for it")
    if new.tokenizer == "claude-4.7":
        yield from _without_sampling(call, _SAMPLING)
    if call.has("thinking"):
        yield from _thinking(call, new)
    elif call.provider == "anthropic" and _THINKS_BY_DEFAULT.match(new.id) and not _THINKS_BY_DEFAULT.match(old.id):
        yield from _unasked_thinking(call, new)


def _for_gpt(call: Request, old: Model, new: Model) -> Iterator[Edit]:
    _refuse(call, [name for name in _RISKY if name != "n"])
    if new.id.startswith(_CLASSIC):
        return
    if old.id.startswith(_CLASSIC):
        yield from _without_sampling(call, _CLASSIC_SAMPLING)
    elif any(_is_set(call, name, default) for name, default in _CLASSIC_SAMPLING.items()):
        raise Unfit(", which may not take the sampling parameters")
    if call.has("max_tokens") and call.api in ("openai.chat", "openai.legacy"):
        edit = rename_named(call, "max_tokens", "max_completion_tokens", call.fields.entries["max_tokens"].at)
        limits = [each.value for each in call.values("max_tokens") if isinstance(each, Literal)]
        if edit is None:
            raise Unfit(_refuses("max_tokens"))
        if any(isinstance(limit, int) and limit < _ROOM_TO_REASON for limit in limits):
            raise Unfit(", whose reasoning counts toward `max_tokens`")
        yield edit


def _refuse(call: Request, names: Iterable[str]) -> None:
    for name in names:
        if call.has(name):
            raise Unfit(_refuses(name))


def _is_set(call: Request, name: str, default: float | None) -> bool:
    """Whether a parameter is given and is not plainly its default."""
    return call.has(name) and not all(isinstance(each, Literal) and each.value == default for each in call.values(name))


def _without_sampling(call: Request, names: dict[str, float | None]) -> Iterator[Edit]:
    """Take sampling parameters away that are constants of the call; those that come from elsewhere are somebody's wish."""
    edits: list[Edit] = []
    for name, default in names.items():
        if not _is_set(call, name, default):
            continue
        at = call.fields.entries[name].at
        is_constant = re.fullmatch(r"[\d.]+", call.source(at)) is not None
        edit = remove_named(call, name, at) if is_constant and call.is_in_function(at) else None
        if edit is None:
            raise Unfit(_refuses(name))
        edits.append(edit)
    yield from joined(call, edits)


def _is_free_choice(call: Request) -> bool:
    """Whether the model may choose between tools, or must use none."""
    for value in call.values("tool_choice"):
        kinds = value.entries["type"].values if isinstance(value, Record) and "type" in value.entries else (value,)
        if not all(isinstance(kind, Text) and kind.value in ("auto", "none") for kind in kinds):
            return False
    return True


def _thinking(call: Request, new: Model) -> Iterator[Edit]:
    """A thinking budget becomes adaptive thinking."""
    entry = call.fields.entries["thinking"]
    kinds = [
        kind.value if isinstance(kind, Text) else None
        for value in entry.values
        for kind in (value.entries["type"].values if isinstance(value, Record) and "type" in value.entries else (value,))
    ]
    if kinds == ["adaptive"] or (kinds == ["disabled"] and _SWITCHES_OFF.match(new.id)):
        return
    if kinds != ["enabled"] or not call.source(entry.at).startswith("{"):
        raise Unfit(_refuses("thinking"))
    style = style_of(call.program.source(entry.at.path))
    yield Edit(entry.at, f"{{{style.string('type')}: {style.string('adaptive')}}}")


def _unasked_thinking(call: Request, new: Model) -> Iterator[Edit]:
    """Keep a model from thinking that its predecessor did not do, or read the answer by the type of its blocks."""
    if _SWITCHES_OFF.match(new.id):
        style = style_of(call.program.source(call.span.path))
        keyword = f"thinking={{{style.string('type')}: {style.string('disabled')}}}"
        edits = None if is_below(call.program, "anthropic", _FIRST_WITH_THINKING) else add_keyword(call, keyword)
        if edits is None:
            raise Unfit(", which thinks unless told not to")
        yield from edits
        return
    yield from _read_by_type(call)


def _read_by_type(call: Request) -> Iterator[Edit]:
    """`answer.content[0].text` → the text of the first block that has one."""
    path, site = call.span.path, call.site
    source = call.program.source(path)
    text, style = source.text, style_of(source)
    behind = f".content if block.type == {style.string('text')})"
    start, end = site.start, site.end
    awaited, closed = re.search(r"\(\s*await\s+$", text[:start]), re.match(r"\s*\)", text[end:])
    if awaited is not None and closed is not None:
        start, end = awaited.start(), end + closed.end()
    direct = re.match(r"\.content\[0\]\.text\b", text[end:])
    if direct is not None and not is_in_string(source, start):
        yield Edit(Span(path, start, start), "next(block.text for block in ")
        yield Edit(Span(path, end, end + direct.end()), behind)
        return
    module, point = call.place.module, call.place.point
    holder = module.holders.get(site) if isinstance(site, ex.Call) else None
    name = holder.name if isinstance(holder, Binding) and not holder.path else None
    scope = module.scopes[point.scope]
    reads = re.compile(rf"(?<![\w.]){re.escape(name or '')}(?P<read>\.content\[0\]\.text)\b")
    found = list(reads.finditer(text, scope.start, scope.end)) if name is not None else []
    if any(is_in_string(source, each.start()) for each in found):
        found = []  # The quotes of the type could end an f-string.
    for each in found:
        yield Edit(Span(path, each.start(), each.start()), "next(block.text for block in ")
        yield Edit(Span(path, *each.span("read")), behind)
    if ".content[0]" in text and not found:
        raise Unfit(", whose answers may begin with a block that is no text")
