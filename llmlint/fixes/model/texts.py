"""What a file says of the model of a call, besides its name there: comments, docstrings, texts that are shown, names of functions, paths and keys.

Where such a text surely only says which model it is, it is changed along; else the fix names the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

from llmlint.callsite import Request
from llmlint.catalog import Model
from llmlint.findings import Edit
from llmlint.fixes.model.sharing import places_of_models
from llmlint.fixes.model.text_kinds import Text, Texts, texts_of
from llmlint.link.program.memo import Memo
from llmlint.request_data import ModelValue
from llmlint.source import Span

# What stands between a name, or the key of an item, and its value.
_BINDS = re.compile(r"""\w*["']?\s*(?::\s*[\w\[\]. ]+)?\s*[=:]\s*""")
_FOUND: Memo[tuple[str, str, str, str, str, str], Texts] = Memo()


class Said(NamedTuple):
    """Edits of texts that say which model it is; places of others; and names of functions, paths and keys made of the old model's."""

    edits: tuple[Edit, ...]
    lines: tuple[str, ...]
    places: tuple[str, ...]
    keys: tuple[str, ...]


def said_of(call: Request, value: ModelValue, old: Model, new: Model, new_spelling: str, changed: Iterable[Edit]) -> Said:
    """What the files of a call and of its model's name say of the model. `changed` are edits of the fix, which are left out."""
    edits: dict[Edit, str] = {}
    places: list[str] = []
    keys: list[str] = []
    spans = [value.at, *(each.span for each in changed)]
    for path in dict.fromkeys((value.at.path, call.span.path)):
        source = call.program.source(path)
        key = (path, source.text, old.id, new.id, value.spelling, new_spelling)
        found = _FOUND.get(call.program, key, partial(texts_of, source, old, new, value.spelling, new_spelling))
        own = [at.start for at in (value.at, call.span) if at.path == path]
        done = [at for at in spans if at.path == path]
        texts = [each for each in found.texts if not any(at.start <= each.mention.start < at.end for at in done)]
        of_calls = places_of_models(call.program, path) if texts else frozenset[int]()
        for text in texts:
            mention, place = text.mention, f"{path}:{text.line}"
            whose = _whose(text, found, own, done)
            if whose is None or not of_calls.isdisjoint((mention.start, mention.start - 1)):
                continue  # Other calls have findings of their own.
            is_bound = path == value.at.path and _BINDS.fullmatch(source.text[mention.end : value.at.start]) is not None
            is_item = text.kind == "item" and (not mention.is_loose or mention.new is not None)
            is_key = text.kind == "key" or is_item or (text.kind == "label" and is_bound)
            if is_key and whose:
                keys.append(f"`{text.word}` ({place})")
            elif text.kind == "text" and text.is_plain and whose and mention.new is not None:
                edits[Edit(Span(path, mention.start, mention.end), mention.new)] = place
            elif path == value.at.path and value.at.end < mention.start and "\n" not in source.text[value.at.end : mention.start]:
                continue  # The title tells of a comment beside the name.
            elif not mention.is_loose or (text.kind == "text" and (mention.new is not None or found.is_with(text, own))):
                places.append(place)
    return Said(tuple(edits), *(tuple(dict.fromkeys(each)) for each in (edits.values(), places, keys)))


def _whose(text: Text, found: Texts, own: list[int], done: list[Span]) -> bool | None:
    """Whether a text is surely about the call; None where it is about another one that has the model."""
    first, behind = text.block
    for at in own:
        statement = found.statement_at(at)
        if statement is not None and (statement.holds(text.mention.start) or first < statement.start == behind):
            return True
    if not found.has_names(done) or (text.kind == "key" and any(found.is_header_around(text.mention.start, at) for at in own)):
        return True
    function = found.function_of(text)
    has_others = found.has_names_beside(function, done)
    if any(found.is_beside(function, at) for at in own):
        return not has_others
    return None if has_others and function is not None else False
