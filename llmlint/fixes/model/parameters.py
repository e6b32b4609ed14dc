"""What else of a request has to change where its model does: parameters that the new model refuses, and thinking that it would begin unasked.

What a model takes is in the catalogue (`Requests`), with date and source of each fact.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from llmlint.callsite import Request
from llmlint.catalog import Model
from llmlint.catalog.models import Requests
from llmlint.findings import Edit
from llmlint.fixes.edits.add_keyword import add_keyword, has_closed_body
from llmlint.fixes.edits.declared import is_below
from llmlint.fixes.edits.remove_named import joined, remove_named, rename_named
from llmlint.fixes.edits.style import style_of
from llmlint.fixes.model.answer_place import Unread, read_by_type
from llmlint.fixes.model.prefill import is_prefilled
from llmlint.link.values.values import Literal, Record, Text
from llmlint.sdks.langchain import AGENTS
from llmlint.sdks.shape import OUTPUT_LIMITS
from llmlint.source import Span

# Each with its default.
_SAMPLING: dict[str, float | None] = {"temperature": 1, "top_p": 1, "top_k": None}
_GPT_SAMPLING: dict[str, float | None] = {"temperature": 1, "top_p": 1}
_PENALTIES: dict[str, float | None] = {"presence_penalty": 0, "frequency_penalty": 0}
# What differs by model in other ways than can be fixed here.
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
)
_FIRST_WITH_THINKING = (0, 47)
_FIRST_WITH_EFFORT = {"openai.chat": (1, 58), "openai.responses": (1, 66)}
_FIRST_WITH_COMPLETION_TOKENS = (1, 45)
# The room of Claude's models is that of thinking alone, as the answer to a short question takes little.
_OF_BOTH = 2
_SHORT_ANSWER = 100
"""Tokens of an answer that a model reasons longer about than it is."""


class Unfit(Exception):
    """A request that the new model would refuse or answer in another form, and that cannot be changed in place. The text says why, to
    be put behind the model's name."""


@dataclass(slots=True)
class Fit:
    """The edits that make a request one that the new model takes, and what they do, for the title of the fix.

    `keyword` is an argument that is to be added to the call. `is_quiet`: the edits turn thinking off. `reads` are those
    of the edits that read the answer in another way, which suits the answers of all models.
    """

    edits: list[Edit] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    keyword: str | None = None
    is_quiet: bool = False
    reads: list[Edit] = field(default_factory=list)

    @property
    def changes_request(self) -> bool:
        return len(self.edits) > len(self.reads)

    def add(self, edits: Iterable[Edit], note: str) -> None:
        self.edits += edits
        self.notes.append(note)


def fit_parameters(call: Request, old: Model, new: Model, platform: str) -> Fit:
    """What has to change so that the new model takes a request. Raises Unfit where that cannot be done in place."""
    if call.fields.is_open:
        raise Unfit("; arguments of the call are not in sight")
    if old.requests is None or new.requests is None:
        unknown = old if old.requests is None else new
        raise Unfit(f"; which parameters {unknown.id} takes is not in llmlint's catalogue")
    fit = Fit()
    if new.vendor == "openai":
        _fit_gpt(call, old.requests, new.requests, fit)
    elif platform == "openrouter":
        # It leaves out what a model does not take, forced tools and thinking budgets excepted (its migration guide for Claude 5.5, 2026).
        _fit_claude_elsewhere(call, old.requests, new.requests, fit)
    else:
        _fit_claude(call, old.requests, new.requests, fit)
    if fit.keyword is not None:
        name = fit.keyword.partition("=")[0]
        if not call.has(name) and any(other.has(name) for other in call.siblings()):
            raise Unfit(f", which needs `{fit.keyword}` where the call has no `{name}` yet: another caller passes it")
        edits = add_keyword(call, fit.keyword, fit.edits)
        if edits is None:
            raise Unfit(f", which needs `{fit.keyword}`")
        fit.edits += edits
    return fit


def _refuses(name: str) -> str:
    return f", which may not take `{name}`"


def _refuse(call: Request, names: Iterable[str]) -> None:
    for name in names:
        if call.has(name):
            raise Unfit(_refuses(name))


def _fit_claude(call: Request, old: Requests, new: Requests, fit: Fit) -> None:
    _refuse(call, _RISKY)
    if not new.prefill and is_prefilled(call):
        raise Unfit(", which does not support prefilled responses")
    is_forced = _forces_tool(call)
    is_off = not new.thinks
    if call.has("thinking"):
        is_off = _fit_thinking(call, new, fit)
    elif new.thinks and (not old.thinks or (is_forced and new.forced_tools == "off")):
        is_off = _without_thinking(call, new, fit)
    _check_forced_tools(call, new, is_off)
    if new.sampling == "never":
        _without_sampling(call, _SAMPLING, fit)
    begins_to_think = not is_off and (not old.thinks or call.has("thinking"))
    if begins_to_think and new.off is None and not call.has("thinking"):
        fit.notes.append("which always thinks, and bills that as output")
        _leave_room(call, new, fit, "which always thinks before it answers", _OF_BOTH)
    has_notes = new.off == "between_tools" and call.has("tools")
    if call.provider == "anthropic" and (begins_to_think or has_notes):
        _read_by_type(call, fit)


def _fit_claude_elsewhere(call: Request, old: Requests, new: Requests, fit: Fit) -> None:
    _check_forced_tools(call, new, is_off=not new.thinks)
    if new.thinks and not old.thinks:
        fit.notes.append("which thinks before it answers, and bills that as output")
        _leave_room(call, new, fit, "which thinks before it answers", _OF_BOTH)


def _forces_tool(call: Request) -> bool:
    """Whether the request forces a tool, also one that another argument stands for."""
    return _stands_for_tool(call) is not None or (call.has("tool_choice") and not _is_free_choice(call))


def _stands_for_tool(call: Request) -> str | None:
    """The argument that a client makes a forced tool of: instructor's, and those by which LangChain asks Claude for a form."""
    if call.has("response_model"):
        return "response_model"
    is_agent = call.client in AGENTS and "response_format" in call.program.source(call.span.path).text
    return "response_format" if call.provider == "langchain" and (is_agent or call.has("response_format")) else None


def _check_forced_tools(call: Request, new: Requests, is_off: bool) -> None:
    if new.forced_tools == "always" or (new.forced_tools == "off" and is_off) or not _forces_tool(call):
        return
    name = _stands_for_tool(call)
    instead = f" that `{name}` stands for" if name is not None else ""
    raise Unfit(f", which refuses the forced tool{instead}")


def _fit_gpt(call: Request, old: Requests, new: Requests, fit: Fit) -> None:
    _refuse(call, _RISKY)
    is_off = not new.thinks
    if new.thinks and not old.thinks:
        is_off = _with_effort(call, new, fit)
    takes_sampling = new.sampling == "always" or (new.sampling == "off" and is_off)
    _without_sampling(call, {} if takes_sampling else _GPT_SAMPLING, fit)
    if new.thinks:
        _without_sampling(call, _PENALTIES, fit)
    if not _is_responses(call) and not (new.chat_tools == "always" or (new.chat_tools == "off" and is_off)):
        for name in ("tools", "response_model"):
            if call.has(name):
                without = " unless its reasoning is off" if new.chat_tools == "off" else ""
                raise Unfit(f", which takes no function tools in Chat Completions{without}; they need the Responses API")
    if call.has("max_tokens") and call.api in ("openai.chat", "openai.legacy") and old.max_tokens and not new.max_tokens:
        edit = rename_named(call, "max_tokens", "max_completion_tokens", call.fields.entries["max_tokens"].at)
        if edit is None:
            raise Unfit(_refuses("max_tokens"))
        if call.api == "openai.chat" and is_below(call.program, "openai", _FIRST_WITH_COMPLETION_TOKENS):
            raise Unfit(", which needs `max_completion_tokens`; the project's SDK is older than that")
        fit.add([edit], "with `max_completion_tokens` in place of `max_tokens`")


def _with_effort(call: Request, new: Requests, fit: Fit) -> bool:
    """Keep a model from reasoning that its predecessor did not do, or let it reason as little as it can; whether it is off then."""
    effort = new.off or new.least
    if not new.off and _is_responses(call) and ".output[" in call.program.source(call.span.path).text:
        raise Unfit(", whose `output` begins with its reasoning")
    first = _FIRST_WITH_EFFORT.get(call.api)
    style = style_of(call.program.source(call.span.path))
    keyword = f"reasoning_effort={style.string(effort or '')}"
    if _is_responses(call):
        keyword = f"reasoning={{{style.string('effort')}: {style.string(effort or '')}}}"
    if effort is None or call.method == "responses.compact":
        raise Unfit(", which reasons unless told not to")
    if first is not None and is_below(call.program, "openai", first):
        keyword = _for_an_old_sdk(call, keyword)
    always = "" if new.off else ", as it always reasons, and bills that as output"
    fit.keyword, fit.is_quiet = keyword, True
    fit.notes.append(f"with `{keyword}`{always}")
    if not new.off:
        _check_answer_is_long(call)
        _leave_room(call, new, fit, "which always reasons before it answers")
    return new.off is not None


def _check_answer_is_long(call: Request) -> None:
    """See to it that reasoning is not most of the bill: for an answer of a word or a number, it may cost more than the cheaper price saves."""
    given = [each.value for name in OUTPUT_LIMITS if call.has(name) for each in call.values(name) if isinstance(each, Literal)]
    limits = [each for each in given if isinstance(each, int)]
    if limits and min(limits) <= _SHORT_ANSWER:
        raise Unfit(
            f", which always reasons before it answers, and bills that: for an answer of {min(limits)} tokens it may cost more"
        )


def _for_an_old_sdk(call: Request, keyword: str) -> str:
    """The argument for an SDK that does not know it: as a part of the body that is sent as it is."""
    if has_closed_body(call):
        raise Unfit(f", which needs `{keyword}`; the project's SDK is older than that")
    name, _, value = keyword.partition("=")
    return f"extra_body={{{style_of(call.program.source(call.span.path)).string(name)}: {value}}}"


def _is_responses(call: Request) -> bool:
    """Whether the request goes to the Responses API."""
    return call.api == "openai.responses" or call.method.rpartition(".")[2] in ("responses", "aresponses")


def _leave_room(call: Request, new: Requests, fit: Fit, why: str, enough: int = 1) -> None:
    """Raise a limit of the answer that leaves no room for what the model thinks before it, by that room. Raises Unfit where the limit is not a number
    that stands in the function of the call, and where that is not known. `enough` times the room leaves some for a long answer: a limit below that is
    raised, too, or else named."""
    room = new.room or 0
    for name in OUTPUT_LIMITS:
        if not call.has(name):
            continue
        at = call.fields.entries[name].at
        limits = [each.value for each in call.values(name) if isinstance(each, Literal) and isinstance(each.value, int)]
        if not limits:
            raise Unfit(f", {why}; whether `{name}` leaves room for that is not known")
        if min(limits) >= enough * room:
            continue
        is_constant = re.fullmatch(r"[\d_]+", call.source(at)) is not None and call.is_in_function(at)
        if not is_constant or _has_comment(call, name, at):
            if min(limits) >= room:
                fit.notes.append(f"`{name}` of {min(limits):,} then limits its thinking, too")
                continue
            raise Unfit(f", {why}; `{name}` of {min(limits)} leaves too little room")
        fit.add([Edit(at, str(limits[0] + room))], f"with {room:,} tokens more in `{name}` for that")


def _is_set(call: Request, name: str, default: float | None) -> bool:
    """Whether a parameter is given and is not plainly its default."""
    return call.has(name) and not all(isinstance(each, Literal) and each.value == default for each in call.values(name))


def _without_sampling(call: Request, names: dict[str, float | None], fit: Fit) -> None:
    """Take sampling parameters away that are constants of the call; those that come from elsewhere are somebody's wish."""
    edits: dict[str, Edit] = {}
    for name, default in names.items():
        if not _is_set(call, name, default):
            continue
        at = call.fields.entries[name].at
        is_constant = re.fullmatch(r"[\d.]+", call.source(at)) is not None
        edit = remove_named(call, name, at) if is_constant and call.is_in_function(at) else None
        if edit is None:
            raise Unfit(_refuses(name))
        if _has_comment(call, name, at):
            raise Unfit(f", which refuses `{name}`; a comment says why it is there")
        edits[name] = edit
    if not edits:
        return
    fit.notes.append(f"without {' and '.join(f'`{name}`' for name in edits)}")
    deletions = list(edits.values())
    last = max((name for name in edits if name in call.written), key=lambda name: call.written[name].end, default=None)
    if fit.keyword is not None and last is not None:
        # The new argument takes the place of an old one.
        key = rename_named(call, last, last, call.fields.entries[last].at)
        if key is not None and key.span.path == call.span.path:
            deletions.remove(edits[last])
            fit.edits.append(Edit(Span(call.span.path, key.span.start, call.written[last].end), fit.keyword))
            fit.keyword = None
    fit.edits += joined(call, deletions)


def refused_sampling(call: Request, new: Model) -> str:
    """Which sampling parameters of a request a model refuses, for a client of which nothing else is known: to be put behind its name."""
    if new.requests is None or new.requests.sampling == "always":
        return ""
    names = _GPT_SAMPLING if new.vendor == "openai" else _SAMPLING
    given = [f"`{name}`" for name, default in names.items() if _is_set(call, name, default)]
    unless = " unless it is told not to reason" if new.requests.sampling == "off" else ""
    return f", which refuses {' and '.join(given)}{unless}" if given else ""


def _has_comment(call: Request, name: str, at: Span) -> bool:
    """Whether a comment is about a parameter, as it stands behind it on a line of its own."""
    source = call.program.source(at.path)
    line = re.escape(name) + r"""["']?\s*[=:].*?#"""
    return re.match(line, source.line_text(at.start).strip()) is not None and "#" in source.line_text(at.start)


def _is_free_choice(call: Request) -> bool:
    """Whether the model may choose between tools, or must use none."""
    for value in call.values("tool_choice"):
        kinds = value.entries["type"].values if isinstance(value, Record) and "type" in value.entries else (value,)
        if not all(isinstance(kind, Text) and kind.value in ("auto", "none") for kind in kinds):
            return False
    return True


def _fit_thinking(call: Request, new: Requests, fit: Fit) -> bool:
    """A thinking budget becomes adaptive thinking, and a word that turns thinking off becomes the new model's; whether it is off then."""
    entry = call.fields.entries["thinking"]
    kinds = {
        kind.value if isinstance(kind, Text) else None
        for value in entry.values
        for kind in (value.entries["type"].values if isinstance(value, Record) and "type" in value.entries else (value,))
    }
    kind = kinds.pop() if len(kinds) == 1 else None
    if kind in ("disabled", "between_tools"):
        wanted = new.off or ("disabled" if not new.thinks else None)
    else:
        wanted = "enabled" if kind == "enabled" and new.budgets else "adaptive" if kind in ("enabled", "adaptive") else None
    if wanted is None:
        raise Unfit(", which cannot be told not to think" if kind in ("disabled", "between_tools") else _refuses("thinking"))
    if kind != wanted:
        if not call.source(entry.at).startswith("{"):
            raise Unfit(_refuses("thinking"))
        _check_effort(call, wanted)
        fit.add([Edit(entry.at, _thinking_of(call, entry.at.path, wanted))], f"with `{wanted}` thinking")
    return wanted in ("disabled", "between_tools")


def _without_thinking(call: Request, new: Requests, fit: Fit) -> bool:
    """Keep a model from thinking that its predecessor did not do; whether it is off then."""
    if new.off is None:
        return False
    if call.provider != "anthropic":
        # What other clients make of a `thinking` that they do not know is not known here.
        fit.notes.append("which thinks unless told not to, and bills that as output")
        _leave_room(call, new, fit, "which thinks unless told not to", _OF_BOTH)
        return False
    _check_effort(call, new.off)
    keyword = f"thinking={_thinking_of(call, call.span.path, new.off)}"
    if is_below(call.program, "anthropic", _FIRST_WITH_THINKING):
        keyword = _for_an_old_sdk(call, keyword)
    fit.keyword, fit.is_quiet = keyword, True
    fit.notes.append(f"with `{keyword}`")
    return True


def _thinking_of(call: Request, path: str, kind: str) -> str:
    style = style_of(call.program.source(path))
    return f"{{{style.string('type')}: {style.string(kind)}}}"


def _check_effort(call: Request, kind: str) -> None:
    """That thinking may be off at the effort of the request: at the two highest it may not (migration guides of Claude 5 and 5.5)."""
    if kind == "adaptive" or not call.has("output_config"):
        return
    for value in call.values("output_config"):
        efforts = value.entries["effort"].values if isinstance(value, Record) and "effort" in value.entries else ()
        is_open = not isinstance(value, Record) or value.is_open
        if is_open or any(not isinstance(each, Text) or each.value not in ("low", "medium", "high") for each in efforts):
            raise Unfit(", which may have to think at the effort of the request")


def _read_by_type(call: Request, fit: Fit) -> None:
    try:
        edits = read_by_type(call)
    except Unread as error:
        raise Unfit(f", whose answers may begin with a thinking block; {error}") from error
    if edits:
        fit.reads += edits
        fit.add(edits, "reading the answer from its first block of text")


def takes_same(model: Model, other: Model) -> bool:
    """Whether two models take the same requests, as far as the catalogue knows."""
    return model.vendor == other.vendor and model.requests is not None and model.requests == other.requests
