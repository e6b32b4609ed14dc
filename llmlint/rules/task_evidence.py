"""What a call says about its task: the prompt, the form of the answer, its length, and what the function around it is called.

No single word counts as evidence enough: a task needs `_ENOUGH` points from cues that are independent of each other, `_OF_ITS_OWN` of them from
its own phrases, the function's name and limits of the answer (that the answer is JSON is said of hard tasks too), and nothing that speaks
for harder work. Cues are English (`task_cues`), and of eight other languages (`task_cues_by_language`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from llmlint.callsite import Request
from llmlint.link.values.values import Items, Known, Record, Text, Unknown, Value
from llmlint.rules.answer_form import AnswerForm, answer_form
from llmlint.rules.probes import only_probes
from llmlint.rules.task_cues import (
    AS_JSON,
    EXPANDS,
    HARD,
    HARD_FUNCTION,
    IN_A_FEW_WORDS,
    KINDS,
    OF_PICTURES,
    ONLY_THE_ANSWER,
    THINKING,
    Kind,
)
from llmlint.rules.task_cues_by_language import Language, cues_in, languages_of, with_languages

_ENOUGH = 3
_OF_ITS_OWN = 2
_SURE = 4
_OTHER_BLOCKS = frozenset({"image", "image_url", "input_image", "document", "input_file", "file", "input_audio"})
# Instructions stand at the start and the end of a long prompt; data and examples in between hold all kinds of words.
_START, _END = 2_000, 1_000
# Where so many characters at the start or end of two prompts are the same, they have more in common than how they address the model.
_TEMPLATE = 60
# What stands in place of a missing part, or says which of two kinds an item is, has at most so many characters.
_SLOT = 60
# An answer with more fields than that is no simple one.
_MOST_FIELDS = 24
_FIELD = re.compile(r"[\"'](\w+)[\"']\s*:")
_FIELDS = (
    "system", "instructions", "system_prompt", "system_instruction", "config", "messages", "input", "prompt", "contents", "tools",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SimpleTask:
    """A task that a cheaper tier does: `name` for a person, the `tier` that it needs, and what says so. `is_in_english`: no language of
    `task_cues_by_language` was read, of whose findings on unseen code too few have been judged for high confidence (November 2026)."""

    name: str
    tier: str
    evidence: tuple[str, ...]
    points: int
    is_in_english: bool

    @property
    def is_sure(self) -> bool:
        return self.points >= _SURE


def simple_task(call: Request) -> SimpleTask | None:
    """The simple task that a call is for; None where its evidence is thin, or something speaks for harder work."""
    form = answer_form(call)
    if form is None or _sends_pictures(call) or only_probes(call):
        return None
    if (call.prompt.has_alternatives or call.prompt.has_other_texts) and not _differs_in_data(call):
        return None
    texts = list(prompt_texts(call))
    whole = "\n".join(texts)
    functions = " ".join(call.functions).lower()
    languages = languages_of(whole)
    if (
        HARD.search(whole)
        or any(re.search(each.hard, whole) for each in languages)
        or OF_PICTURES.search(whole)
        or HARD_FUNCTION.search(functions)
        or (THINKING.search(whole) and not form.is_short)
    ):
        return None
    instructions = "\n".join(text if len(text) <= _START + _END else f"{text[:_START]}\n{text[-_END:]}" for text in texts)
    found = [task for kind in KINDS if (task := _judge(call, kind, instructions, functions, form, languages)) is not None]
    # A prompt that asks for several things needs the higher tier of them.
    candidates = [task for task in found if task.tier == "mid"] or found
    return max(candidates, key=lambda task: task.points) if candidates else None


def _differs_in_data(call: Request) -> bool:
    """Whether the texts that the prompt can be are one template with different data in it (the samples of a script, a default for what is
    missing), and not several prompts."""
    found = False
    pending = [call.values(name) for name in _FIELDS]
    while pending:
        values = pending.pop()
        if len(values) > 1 and not all(isinstance(value, Unknown) for value in values):
            if not _shares_an_end(values) and not _differs_in_slots(values):
                return False
            found = True
        for value in values:
            if isinstance(value, Record):
                pending += [entry.values for entry in value.entries.values()]
            elif isinstance(value, Items):
                pending += value.items
    return found


def _shares_an_end(values: Sequence[Value]) -> bool:
    """Whether known texts begin or end alike."""
    texts = [value.value for value in values if isinstance(value, Text) and value.value is not None]
    starts, ends = {text[:_TEMPLATE] for text in texts}, {text[-_TEMPLATE:] for text in texts}
    return len(texts) == len(values) and min(map(len, texts)) > _TEMPLATE and min(len(starts), len(ends)) == 1


def _differs_in_slots(values: Sequence[Value]) -> bool:
    """Whether texts are the same but for a few words each, or a few words stand in place of an unknown text."""
    if not all(isinstance(value, (Text, Unknown)) for value in values):
        return False
    known = [{part for part in value.parts if isinstance(part, Known)} if isinstance(value, Text) else set() for value in values]
    common = set.intersection(*known)
    if not common and not any(isinstance(value, Unknown) for value in values):
        return False  # Several prompts, each of a few words.
    return all(sum(len(part.text) for part in parts - common) <= _SLOT for parts in known)


def _sends_pictures(call: Request) -> bool:
    """Whether a message has a block that is no text: a picture, a document, a recording."""
    pending = [value for name in ("messages", "input") for value in call.values(name)]
    while pending:
        value = pending.pop()
        if isinstance(value, Record):
            if not _OTHER_BLOCKS.isdisjoint(value.entries):
                return True
            kinds = value.entries.get("type")
            if kinds is not None and any(isinstance(kind, Text) and kind.value in _OTHER_BLOCKS for kind in kinds.values):
                return True
            pending += [inner for key in ("content", "messages") if key in value.entries for inner in value.entries[key].values]
        elif isinstance(value, Items):
            pending += [inner for alternatives in value.items for inner in alternatives]
    return False


def _judge(
    call: Request, kind: Kind, text: str, functions: str, form: AnswerForm, languages: tuple[Language, ...]
) -> SimpleTask | None:
    """A kind of task with its evidence; None where that is not enough."""
    if kind.harder is not None and kind.harder.search(text):
        return None
    said = _said(cues_in(kind.name, kind.cues, languages), text)
    is_named = kind.function.search(functions) is not None
    if not said and not is_named:
        return None
    points = len(said) + is_named
    evidence = []
    if is_named:
        evidence.append(f"the function is `{next(name for name in call.functions if kind.function.search(name.lower()))}`")
    if kind.is_brief and not form.is_short:
        return None
    if kind.tier == "small":
        if call.sends_growing_history or points + form.limits < _OF_ITS_OWN or (not form.is_short and EXPANDS.search(text)):
            return None
        if len(set(_FIELD.findall(text))) > _MOST_FIELDS:
            return None
        asked = [each for each in _said(_asked_for(kind, form, languages), text) if not any(each in other for other in said)]
        said += asked
        points += len(asked) + form.limits + form.has_schema
        evidence += form.evidence
    elif form.is_short:
        return None
    elif kind.name == "customer chat" and (call.sends_growing_history or call.is_interactive):
        points += 1
        evidence.append("it is a conversation" if call.sends_growing_history else "somebody waits for the answer")
    if points < _ENOUGH:
        return None
    prompt = [f"the prompt says {_quoted(said)}"] if said else []
    return SimpleTask(kind.name, kind.tier, (*prompt, *evidence), points, not languages)


def _said(cues: Iterable[re.Pattern[str]], text: str) -> list[str]:
    """What each cue finds in the prompt. The same words never count for two of them."""
    found: list[re.Match[str]] = []
    for cue in cues:
        for match in cue.finditer(text):
            if all(match.end() <= other.start() or other.end() <= match.start() for other in found):
                found.append(match)
                break
    return [match.group() for match in found]


def _asked_for(kind: Kind, form: AnswerForm, languages: tuple[Language, ...]) -> Iterator[re.Pattern[str]]:
    """The phrases about the form of the answer that count for a kind of task."""
    yield with_languages(ONLY_THE_ANSWER, (each.only_the_answer for each in languages))
    if kind.takes_json and not form.has_schema:
        yield with_languages(AS_JSON, (each.as_json for each in languages))
    if kind.is_brief:
        yield IN_A_FEW_WORDS


def _quoted(said: list[str]) -> str:
    quoted = [f"“{' '.join(each.split())}”" for each in said]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def prompt_texts(call: Request) -> Iterator[str]:
    """The known text of each part of the system prompt and the messages, in lower case."""
    for segment in call.prompt.segments:
        if segment.kind != "tools":
            yield "\n".join((segment.text, *(gap.text for gap in segment.gaps))).lower()
